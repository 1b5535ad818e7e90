// Reads of deliveries and attempts for the history. A walk goes down the numbers of the list that fits the query best, and
// keeps the deliveries that match. It ends after a number of rows or some time; the next page goes on from there.

import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../../clock.ts";
import type { DeliveryState } from "../../../model/delivery.ts";
import type { AttemptView, DeliveryQuery, DeliveryView, Page } from "../../history.ts";
import { closingRow, outcomeName, stateName, stateNumber } from "../../codes.ts";

export interface DeliveryReads {
  deliveries(query: DeliveryQuery): Page<DeliveryView>;
  delivery(number: number): DeliveryView | null;
  attempts(delivery: number): readonly AttemptView[];
}

/** Numbers of deliveries below `before`, highest first. */
type Source = (before: number, limit: number) => readonly number[];

interface Found extends DeliveryView {
  readonly lane: number;
}

const chunk = 256;
/** delivery.location of a delivery in quarantine. */
const quarantine = 2;
export const walkRows = 20_000;
export const walkMs = 250;
/** Deliveries made at the same time may be numbered in another order than their times. */
const slackMs = 60_000;

export function createDeliveryReads(database: DatabaseSync, clock: Clock): DeliveryReads {
  const shown =
    " e.id as event, k.name as type, g.id as organization, ifnull(s.id, cast(d.lane as text)) as subscription, s.state as active";
  const joins =
    " join event e on e.number = d.event join kind k on k.number = e.kind join organization g on g.number = d.organization" +
    " left join subscription s on s.number = d.lane";
  const owed = database.prepare(
    `select d.number, d.lane, d.attempts, d.created_at as createdAt, d.due, d.location,${shown} from delivery d${joins} where d.number = ?`,
  );
  const ended = database.prepare(
    `select d.delivery as number, d.lane, d.started_at - d.waited as createdAt, d.state,${shown} from attempt d${joins}` +
      " where d.delivery = ? and d.state is not null order by d.n limit 1",
  );
  const requests = database.prepare(`select count(*) as count from attempt where delivery = ? and n < ${closingRow}`);
  const attemptColumns =
    "select n as attempt, started_at as startedAt, duration as durationMs, code, status, detail," +
    " response_bytes as responseBytes, response from attempt where delivery = ?";
  const lastAttempt = database.prepare(`${attemptColumns} order by n desc limit 1`);
  const allAttempts = database.prepare(`${attemptColumns} order by n`);

  const delivery = (number: number): Found | null => {
    const row = owed.get(number) ?? ended.get(number);
    if (row === undefined) return null;
    const found = row as unknown as Omit<DeliveryView, "state" | "attempts" | "due" | "last"> & DeliveryRow;
    const state = stateOf(found);
    if (state === null) return null;
    const { event, type, organization, subscription, createdAt, lane } = found;
    const attempts = found.attempts ?? Number(requests.get(number)?.["count"]);
    const untried = attempts === 0 && found.due !== undefined && found.location !== quarantine;
    const last = untried ? undefined : lastAttempt.get(number);
    return {
      number,
      event,
      type,
      organization,
      subscription,
      state,
      attempts,
      createdAt,
      due: state === "pending" ? (found.due ?? null) : null,
      last: last === undefined ? null : attemptOf(last as unknown as AttemptRow, attempts),
      lane,
    };
  };

  const sources = createSources(database);

  const walk = (source: Source, { limit, before, since }: DeliveryQuery, fits: (found: Found) => boolean) => {
    const items: DeliveryView[] = [];
    const end = clock.monotonic() + walkMs;
    let cursor = before ?? Number.MAX_SAFE_INTEGER;
    for (let rows = 0; rows < walkRows && clock.monotonic() < end; rows += chunk) {
      const numbers = source(cursor, chunk);
      for (const number of numbers) {
        const found = delivery(number);
        if (found !== null && since !== null && found.createdAt < since - slackMs) return { items, before: null };
        if (found !== null && (since === null || found.createdAt >= since) && fits(found)) {
          if (items.length === limit) return { items, before: cursor };
          const { lane: _, ...view } = found;
          items.push(view);
        }
        cursor = number;
      }
      if (numbers.length < chunk) return { items, before: null };
    }
    return { items, before: cursor };
  };

  return {
    deliveries(query) {
      const { organization, subscription, state } = query;
      const lane = subscription === null ? null : sources.lane(subscription);
      if (lane === undefined) return { items: [], before: null };
      return walk(
        sources.best(lane, state),
        query,
        (found) =>
          (organization === null || found.organization === organization) &&
          (lane === null || found.lane === lane) &&
          (state === null || found.state === state),
      );
    },
    delivery(number) {
      const found = delivery(number);
      if (found === null) return null;
      const { lane: _, ...view } = found;
      return view;
    },
    attempts: (number) => allAttempts.all(number).map((row, index) => attemptOf(row as unknown as AttemptRow, index)),
  };
}

interface DeliveryRow {
  readonly lane: number;
  readonly active: "active" | "disabled" | null;
  /** Only while it is owed. */
  readonly due?: number;
  readonly attempts?: number;
  readonly location?: number;
  /** Only when it has ended. */
  readonly state?: number | null;
}

type AttemptRow = Omit<AttemptView, "code"> & { readonly code: number };

/** null: neither owed nor ended; retention is removing its rows. */
function stateOf({ active, due, location, state }: DeliveryRow): DeliveryState | null {
  if (due !== undefined) return active === "disabled" || location === quarantine ? "held" : "pending";
  return state == null ? null : stateName(state);
}

/** A closing row has no number of its own: it follows the requests. */
function attemptOf(row: AttemptRow, requests: number): AttemptView {
  const { attempt, code, ...rest } = row;
  return { ...rest, attempt: attempt === closingRow ? requests + 1 : attempt, code: outcomeName(code) };
}

function createSources(database: DatabaseSync) {
  const numbersOf = (sql: string): ((given: Record<string, number>) => readonly number[]) => {
    const statement = database.prepare(sql);
    return (given) => statement.all(given).map((row) => Number(row["number"]));
  };
  const all = numbersOf(
    "select number from (select number from delivery where number < :before order by number desc limit :limit) union" +
      " select delivery from (select distinct delivery from attempt where delivery < :before order by delivery desc" +
      " limit :limit) order by number desc limit :limit",
  );
  const owed = numbersOf("select number from delivery where number < :before order by number desc limit :limit");
  const owedOf = numbersOf(
    "select number from delivery where number < :before and lane = :lane order by number desc limit :limit",
  );
  const tail = numbersOf(
    "select number from delivery where number > :reached and number < :before and lane = :lane union" +
      " select delivery from attempt where delivery > :reached and delivery < :before and lane = :lane" +
      " order by number desc limit :limit",
  );
  const listed = numbersOf(
    "select delivery as number from delivery_by_lane where lane = :lane and delivery < :before and delivery <= :reached" +
      " order by delivery desc limit :limit",
  );
  // The state is in the text, since SQLite chooses no partial index for a parameter.
  const failed = Object.fromEntries(
    (["exhausted", "cancelled", "expired"] as const).map((state) => [
      state,
      numbersOf(
        `select delivery as number from attempt indexed by attempt_failed where state > 0 and state = ${stateNumber[state]}` +
          " and delivery < :before" +
          " order by delivery desc limit :limit",
      ),
    ]),
  );
  const reached = database.prepare("select value from meta where name = 'delivery_by_lane'");
  const lane = database.prepare("select number from subscription where id = ?");

  const ofLane =
    (lane: number): Source =>
    (before, limit) => {
      const upto = Number(reached.get()?.["value"] ?? 0);
      const young = tail({ reached: upto, before, lane, limit });
      if (young.length === limit) return young;
      return [...young, ...listed({ lane, before, reached: upto, limit: limit - young.length })];
    };

  return {
    /** undefined: there never was such a subscription. */
    lane: (subscription: string): number | undefined => lane.get(subscription)?.["number"] as number | undefined,
    best(lane: number | null, state: DeliveryState | null): Source {
      if (state === "pending" || state === "held") {
        return (before, limit) => (lane === null ? owed({ before, limit }) : owedOf({ before, lane, limit }));
      }
      const few = state === null ? undefined : failed[state];
      if (few !== undefined) return (before, limit) => few({ before, limit });
      return lane === null ? (before, limit) => all({ before, limit }) : ofLane(lane);
    },
  };
}
