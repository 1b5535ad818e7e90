// Reads of deliveries and attempts for the history. A walk goes down the numbers of the list that fits the query best, and
// keeps the deliveries that match. It ends after a number of rows or some time; the next page goes on from there.

import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../../clock.ts";
import type { DeliveryState } from "../../../model/delivery.ts";
import { holdsDeliveries, type SubscriptionState } from "../../../model/subscription.ts";
import type { AttemptView, DeliveryQuery, DeliveryView, Page } from "../../history.ts";
import { closingRow, outcomeName, stateName } from "../../codes.ts";
import { createDeliveryLists, type DeliveryList } from "./delivery-lists.ts";

export interface DeliveryReads {
  deliveries(query: DeliveryQuery): Page<DeliveryView>;
  delivery(number: number, organization?: string | null): DeliveryView | null;
  attempts(delivery: number): readonly AttemptView[];
}

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

const attemptColumns =
  "select n as attempt, started_at as startedAt, duration as durationMs, code, status, detail," +
  " response_bytes as responseBytes, response from attempt where delivery = ?";

export function createDeliveryReads(database: DatabaseSync, clock: Clock): DeliveryReads {
  const find = createFind(database);
  const lists = createDeliveryLists(database);
  const walk = createWalk(find, clock);
  const homes = database.prepare(
    "select id from organization where number = ifnull((select organization from delivery where number = :number)," +
      " (select organization from attempt where delivery = :number limit 1))",
  );
  const homeOf = (number: number) => homes.get({ number })?.["id"];
  const allAttempts = database.prepare(`${attemptColumns} order by n`);

  return {
    deliveries(query) {
      const { organization, subscription, state } = query;
      const lane = subscription === null ? null : lists.lane(subscription, organization);
      if (lane === undefined) return { items: [], before: null };
      return walk(
        lists.best(lane, state),
        query,
        (found) =>
          (organization === null || found.organization === organization) &&
          (lane === null || found.lane === lane) &&
          (state === null || found.state === state),
      );
    },
    delivery(number, organization = null) {
      // Asked first: one of another organization costs what none costs.
      if (organization !== null && homeOf(number) !== organization) return null;
      const found = find(number);
      if (found === null) return null;
      const { lane: _, ...view } = found;
      return view;
    },
    attempts: (number) => allAttempts.all(number).map((row, index) => attemptOf(row as unknown as AttemptRow, index)),
  };
}

type Walk = (list: DeliveryList, query: DeliveryQuery, fits: (found: Found) => boolean) => Page<DeliveryView>;

function createWalk(find: (number: number) => Found | null, clock: Clock): Walk {
  return (list, { limit, before, since }, fits) => {
    const items: DeliveryView[] = [];
    const end = clock.monotonic() + walkMs;
    let cursor = before ?? Number.MAX_SAFE_INTEGER;
    for (let rows = 0; rows < walkRows && clock.monotonic() < end; rows += chunk) {
      const numbers = list(cursor, chunk);
      for (const number of numbers) {
        const found = find(number);
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
}

function createFind(database: DatabaseSync): (number: number) => Found | null {
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
  const lastAttempt = database.prepare(`${attemptColumns} order by n desc limit 1`);

  return (number) => {
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
}

interface DeliveryRow {
  readonly lane: number;
  /** Of its subscription; null: that was removed. */
  readonly active: SubscriptionState | null;
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
  if (due !== undefined) return holdsDeliveries(active) || location === quarantine ? "held" : "pending";
  return state == null ? null : stateName(state);
}

/** A closing row has no number of its own: it follows the requests. */
function attemptOf(row: AttemptRow, requests: number): AttemptView {
  const { attempt, code, ...rest } = row;
  return { ...rest, attempt: attempt === closingRow ? requests + 1 : attempt, code: outcomeName(code) };
}
