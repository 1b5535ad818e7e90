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

/** The number under which an event was first owed to a lane. Events of a lane rise with their numbers, so that its run is found by
 * its first event. */
const readNumber =
  "select coalesce(" +
  "(select d.sequence from delivery d where d.number between r.delivery and r.last_delivery and d.lane = w.lane" +
  " and d.event = w.event and d.sequence > 0 limit 1)," +
  "(select a.sequence from attempt a where a.lane = w.lane and a.delivery between r.delivery and r.last_delivery" +
  " and a.event = w.event and a.sequence > 0 limit 1)) as sequence" +
  " from unnest($1::bigint[], $2::bigint[]) with ordinality w (lane, event, place)" +
  " left join lateral (select delivery, last_delivery from sequence_run s where s.lane = w.lane and s.event <= w.event" +
  " order by s.event desc limit 1) r on true order by w.place";

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
  const found = await session.rows<{ sequence: number | null }>(readNumber, [
    integers(owed.map(({ lane }) => lane)),
    integers(owed.map(({ event }) => event)),
  ]);
  return found.map(({ sequence }) => sequence);
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
