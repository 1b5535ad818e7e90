// Reads of numbers for the history: every number of a lane behind one, with its delivery or the reason why it has none. First those
// that are in runs [sequence-runs.ts], then those behind them, which a scan finds.

import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../../clock.ts";
import type { Scopes } from "../../../model/event.ts";
import type { SequenceReads } from "../../history-operations.ts";
import { createNumberedPage } from "../../numbered-page.ts";
import type { NumberedDelivery } from "../../sequence-reads.ts";
import { type DeliveryRow, stateOf } from "../../delivery-view.ts";
import { walkMs } from "./delivery-reads.ts";
import { createForbids } from "./withdrawals.ts";

export function createSequenceReads(database: DatabaseSync, clock: Pick<Clock, "monotonic">): SequenceReads {
  const runsOf = createRuns(database);
  const find = createFind(database);
  const listed = database.prepare(
    "select delivery from delivery_by_lane where lane = ? and delivery between ? and ? order by delivery",
  );
  const youngOf = createYoung(database);

  return {
    numbered({ lane, after, limit }) {
      const page = createNumberedPage(after, limit, clock.monotonic() + walkMs, clock);
      const { runs, last: lastOfRuns } = runsOf(lane, after);
      const young = youngOf(lane);
      const last = Math.max(lastOfRuns, young.at(-1)?.sequence ?? 0);
      for (const { first, last: upTo, delivery, lastDelivery } of runs) {
        if (delivery === null) page.addRange(first, upTo, "skipped_by_restore");
        else {
          for (const row of listed.all(lane, delivery, lastDelivery)) {
            page.add(find(Number(row["delivery"])));
            if (page.isFull()) return page.end(last);
          }
          page.addRest(upTo);
        }
        if (page.isFull()) return page.end(last);
      }
      for (const { number, sequence } of young) {
        if (sequence > after) page.add(find(number));
        if (page.isFull()) return page.end(last);
      }
      page.addRest(last);
      return page.end(last);
    },
  };
}

interface Run {
  readonly first: number;
  readonly last: number;
  readonly delivery: number | null;
  readonly lastDelivery: number | null;
}

function createRuns(database: DatabaseSync) {
  const last = database.prepare("select last from sequence_run where lane = ? order by first desc limit 1");
  const runs = database.prepare(
    "select first, last, delivery, last_delivery as lastDelivery from sequence_run where lane = :lane and last > :after and" +
      " first >= ifnull((select max(first) from sequence_run where lane = :lane and first <= :after), 0) order by first",
  );
  return (lane: number, after: number) => ({
    runs: runs.iterate({ lane, after }) as unknown as Iterable<Run>,
    last: Number(last.get(lane)?.["last"] ?? 0),
  });
}

interface Young {
  readonly number: number;
  readonly sequence: number;
}

/** Those that no run is known to have, by number. */
function createYoung(database: DatabaseSync): (lane: number) => readonly Young[] {
  const reach = database.prepare("select value from meta where name = 'delivery_by_lane'");
  const young = database.prepare(
    "select number, sequence from delivery where number > :reached and lane = :lane and sequence > 0 union" +
      " select delivery, sequence from attempt where delivery > :reached and lane = :lane and sequence > 0 order by 1",
  );
  return (lane) => young.all({ lane, reached: Number(reach.get()?.["value"] ?? 0) }) as unknown as readonly Young[];
}

type Row = Omit<NumberedDelivery, "delivery" | "state"> &
  Omit<DeliveryRow, "lane"> & { readonly lane: number; readonly eventNumber: number; readonly scopes: string | null };

/** null: the delivery is none to which a number was given, or nothing is left of it. */
function createFind(database: DatabaseSync): (delivery: number) => NumberedDelivery | null {
  const forbids = createForbids(database);
  const shown =
    " d.sequence, d.lane, d.variant, d.event as eventNumber, e.id as event, k.name as type, k.dialect, e.body, e.scopes, e.revision, e.previous," +
    " s.state as active";
  const joins =
    " join event e on e.number = d.event join kind k on k.number = e.kind left join subscription s on s.number = d.lane";
  const owed = database.prepare(
    `select d.due, d.location,${shown} from delivery d${joins} where d.number = ? and d.sequence > 0`,
  );
  const ended = database.prepare(
    `select d.state,${shown} from attempt d${joins} where d.delivery = ? and d.sequence > 0 and d.state is not null` +
      " order by d.n limit 1",
  );
  return (delivery) => {
    const row = (owed.get(delivery) ?? ended.get(delivery)) as unknown as Row | undefined;
    const state = row === undefined ? null : stateOf(row);
    if (row === undefined || state === null) return null;
    const { sequence, event, type, dialect, variant, revision, previous, lane, eventNumber, scopes } = row;
    const isTheirs = forbids(lane, eventNumber, () => JSON.parse(scopes ?? "{}") as Scopes) === null;
    const told = { sequence, event, type, dialect, delivery, state, variant, revision };
    return isTheirs ? { ...told, previous, body: row.body } : { ...told, previous: null, body: null };
  };
}
