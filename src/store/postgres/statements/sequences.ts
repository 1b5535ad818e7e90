// Numbers of what a subscription is owed: 1, 2, 3, … in the order in which its deliveries are written, each in the transaction that
// writes its delivery, so that one that is rolled back leaves no hole. The last number of a lane is remembered while no other node
// has written.

import type { Ledger } from "../../ledger.ts";
import { integers } from "../arrays.ts";
import type { Context } from "../context.ts";
import type { Session } from "../database.ts";
import type { OrderedWrite } from "../ordered-writes.ts";

export interface Sequences {
  /** Of each of these lanes the last number so far. */
  begin(write: OrderedWrite, lanes: Iterable<number>): Promise<NumbersOfWrite>;
}

export interface NumbersOfWrite {
  /** The next number of the lane, for a delivery of an event. */
  next(lane: number, owed: Omit<Run, "lane" | "first" | "last" | "lastDelivery">): number;
  /** Arrays of what was given, a row for each lane: lane, first, last, organization, delivery, last delivery, event. */
  columns(): readonly Buffer[];
}

interface Run {
  readonly lane: number;
  readonly first: number;
  last: number;
  readonly organization: number;
  readonly delivery: number;
  lastDelivery: number;
  readonly event: number;
}

export const readLast =
  "select w.lane, r.last from unnest($1::bigint[]) w (lane)" +
  " cross join lateral (select last from sequence_run where lane = w.lane order by last desc limit 1) r";

/** With seven arrays from $`first` on. */
export const insertRuns = (first: number): string =>
  "insert into sequence_run (lane, first, last, organization, delivery, last_delivery, event) select * from unnest(" +
  `${Array.from({ length: 7 }, (_, index) => `$${first + index}::bigint[]`).join(", ")})`;

/** Events of a lane rise with their numbers: so the run of an event is found by its first event, and its number among the deliveries
 * of that run, which are read once for all events in it. */
const readNumbers =
  "with placed as (select w.lane, w.event, w.place, r.delivery, r.last_delivery" +
  " from unnest($1::bigint[], $2::bigint[]) with ordinality w (lane, event, place)" +
  " cross join lateral (select delivery, last_delivery from sequence_run where lane = w.lane and event <= w.event" +
  " order by event desc limit 1) r)," +
  " run as (select lane, delivery, last_delivery, min(event) as first, max(event) as last from placed" +
  " group by lane, delivery, last_delivery)," +
  " found as (select r.lane, n.event, n.sequence from run r cross join lateral (" +
  "select event, sequence from delivery where number between r.delivery and r.last_delivery and lane = r.lane" +
  " and event between r.first and r.last and sequence > 0 union" +
  " select event, sequence from attempt where delivery between r.delivery and r.last_delivery and lane = r.lane" +
  " and event between r.first and r.last and sequence > 0) n)" +
  " select p.place, f.sequence from placed p join found f on f.lane = p.lane and f.event = p.event";

export function createSequences({ ordered }: Context): Sequences {
  const known = new Map<number, number>();
  ordered.onRollback(() => known.clear());
  return {
    async begin(write, lanes) {
      const asked = [...new Set(lanes)].filter((lane) => !known.has(lane));
      if (asked.length > 0) {
        for (const lane of asked) known.set(lane, 0);
        const found = await write.rows<{ lane: number; last: number }>(readLast, [integers(asked)]);
        for (const { lane, last } of found) known.set(lane, last);
      }
      return numbersOf(known);
    },
  };
}

function numbersOf(known: Map<number, number>): NumbersOfWrite {
  const runs = new Map<number, Run>();
  return {
    next(lane, owed) {
      const number = known.get(lane)! + 1;
      known.set(lane, number);
      const run = runs.get(lane);
      if (run === undefined)
        runs.set(lane, { lane, first: number, last: number, lastDelivery: owed.delivery, ...owed });
      else [run.last, run.lastDelivery] = [number, owed.delivery];
      return number;
    },
    columns() {
      const rows = [...runs.values()];
      const columns = ["lane", "first", "last", "organization", "delivery", "lastDelivery", "event"] as const;
      return columns.map((name) => integers(rows.map((row) => row[name])));
    },
  };
}

/** Under which number each event was first owed to its lane, in the order given; null: it was not. */
export async function readSequences(
  session: Session,
  owed: readonly { readonly lane: number; readonly event: number }[],
): Promise<readonly (number | null)[]> {
  const found = await session.rows<{ place: number; sequence: number }>(readNumbers, [
    integers(owed.map(({ lane }) => lane)),
    integers(owed.map(({ event }) => event)),
  ]);
  const numbers: (number | null)[] = owed.map(() => null);
  for (const { place, sequence } of found) numbers[place - 1] = sequence;
  return numbers;
}

export function createLastSequences({ database }: Context): Pick<Ledger, "lastSequences"> {
  return {
    async lastSequences(lanes) {
      const found = await database.session.rows<{ lane: number; last: number }>(readLast, [integers(lanes)]);
      const last = new Map(found.map((each) => [each.lane, each.last]));
      return lanes.map((lane) => last.get(lane) ?? 0);
    },
  };
}
