// Reads of numbers for the history: every number of a lane behind one, with its delivery or the reason why it has none. Runs
// [sequence_run] say between which deliveries of the lane numbers lie; deliveries of a lane have rising numbers.

import type { Scopes } from "../../../model/event.ts";
import { createNumberedPage } from "../../numbered-page.ts";
import type { DeliveryRow } from "../../delivery-view.ts";
import { mostBodies } from "../../history-operations.ts";
import type { NumberedDelivery } from "../../sequence-reads.ts";
import type { Session } from "../database.ts";
import { deliveryAt, eventAt, type Place, rowState, subscriptionAt } from "./delivery-find.ts";
import { type Forbids, forbidsOf } from "./forbids.ts";
import { type HistoryContext, of, type Reads } from "./history-context.ts";

interface Run {
  readonly first: number;
  readonly last: number;
  /** 0: these numbers were left out by a restored copy of the embedded store, which was moved here. */
  readonly delivery: number;
  readonly lastDelivery: number;
}

const runs =
  'select first, last, delivery, last_delivery as "lastDelivery" from sequence_run where lane = $1 and last > $2' +
  " order by last limit $3";
const lastRun = "select last from sequence_run where lane = $1 order by last desc limit 1";

// A number that was given is positive, one that a resend or a replay has kept is negative. A delivery has one row: it is owed, or
// its last attempt has the state in which it ended.
const between =
  "select number, max(event) as event from ((select number, event from delivery" +
  ` where ${of("lane", "$1::bigint")} and number >= $2 and sequence > $4 order by lane, number limit $5) union all (select delivery, event` +
  ` from attempt where ${of("lane", "$1::bigint")} and delivery >= $2 and sequence > $4 and state is not null` +
  " order by lane, delivery limit $5)) found where number <= $3 group by number order by number limit $5";

/** Of bodies only as many as a page has room for; the last one may exceed it. */
const find =
  'select s.number as delivery, s.event as "eventNumber", s.above >= $3 as "isBeyond", d.lane, d.variant, d.sequence, d.due,' +
  " d.location, d.state, e.id as event, e.type, e.dialect, e.scopes, e.revision, e.previous, u.state as active," +
  " case when s.above < $3 then e.body end as body from (select sized.*, sum(size) over (order by number) - size as above from" +
  " (select given.*, (select octet_length(body) from event where number = given.event limit 1) as size" +
  " from unnest($1::bigint[], $2::bigint[]) given (number, event)) sized) s" +
  ` ${deliveryAt} ${eventAt} ${subscriptionAt} order by s.number`;

type Row = Omit<NumberedDelivery, "state"> &
  Omit<DeliveryRow, "due"> & {
    readonly due: number | null;
    readonly eventNumber: number;
    readonly scopes: string | null;
    readonly isBeyond: boolean;
  };

export function createSequenceReads({ session, clock }: HistoryContext): Reads<"numbered"> {
  return {
    async numbered({ lane, after, limit }) {
      const found = await session.rows<Run>(runs, [lane, after, limit]);
      const last = (await session.row<{ last: number }>(lastRun, [lane]))?.last ?? 0;
      const page = createNumberedPage(after, limit, Infinity, clock);
      const end = found.at(-1);
      if (end === undefined) return page.end(last);
      const [skipped, given] = [found.filter(isSkipped), found.filter((run) => !isSkipped(run))];
      const addSkipped = (behind: number): void => {
        while (skipped.length > 0 && skipped[0]!.first < behind) {
          const run = skipped.shift()!;
          page.addRange(run.first, run.last, "skipped_by_restore");
        }
      };
      const places = await placesIn(session, lane, after, given, limit + 1);
      for (const row of await numberedRows(session, lane, places)) {
        if (row === "beyond") return page.end(last);
        addSkipped(row.sequence);
        page.add(row);
        if (page.isFull()) return page.end(last);
      }
      if (places.length <= limit) {
        addSkipped(Infinity);
        page.addRest(end.last);
      }
      return page.end(last);
    },
  };
}

const isSkipped = ({ delivery }: Run): boolean => delivery === 0;

/** The first deliveries with numbers behind `after`, lowest first. */
async function placesIn(
  session: Session,
  lane: number,
  after: number,
  found: readonly Run[],
  most: number,
): Promise<readonly Place[]> {
  if (found.length === 0) return [];
  const { first, delivery } = found[0]!;
  // Other lanes' deliveries lie between those of a run, so the n-th of the lane is n further at least.
  const from = delivery + Math.max(0, after + 1 - first);
  return session.rows<Place>(between, [lane, from, found.at(-1)!.lastDelivery, after, most]);
}

/** `beyond`: from there on there was no room. Those that retention has removed are left out. */
async function numberedRows(
  session: Session,
  lane: number,
  places: readonly Place[],
): Promise<readonly (NumberedDelivery | "beyond")[]> {
  if (places.length === 0) return [];
  const [numbers, events] = [places.map(({ number }) => number), places.map(({ event }) => event)];
  const forbids = await forbidsOf(session, lane, Math.min(...events));
  const rows = await session.rows<Row>(find, [numbers, events, mostBodies]);
  return rows.flatMap((row) => (row.isBeyond ? "beyond" : (numberedOf(row, forbids) ?? [])));
}

function numberedOf(row: Row, forbids: Forbids): NumberedDelivery | null {
  const state = rowState(row);
  if (state === null) return null;
  const { sequence, event, type, dialect, delivery, variant, revision, previous, body, eventNumber, scopes } = row;
  const told = { sequence, event, type, dialect, delivery, state, variant, revision };
  const isTheirs = !forbids(eventNumber, () => JSON.parse(scopes ?? "{}") as Scopes);
  return isTheirs ? { ...told, previous, body } : { ...told, previous: null, body: null };
}
