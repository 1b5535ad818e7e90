// Reads of deliveries and attempts for the history. A walk goes down the numbers of the list that fits the query best, and
// keeps the deliveries that match. It ends after some time, so that others have their turn; the next page goes on from there.

import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../../clock.ts";
import type { AttemptView, DeliveryQuery, DeliveryView, Page, SentText } from "../../history.ts";
import { closingRow } from "../../codes.ts";
import { attemptOf, type AttemptRow, type DeliveryRow, quarantine, stateOf } from "../../delivery-view.ts";
import { createDeliveryLists, type DeliveryList } from "./delivery-lists.ts";
import { lineOf } from "../../lines.ts";
import { shown as shownSequence } from "../../kept-sequences.ts";
import { createForbids } from "./withdrawals.ts";
import type { Scopes } from "../../../model/event.ts";

export interface DeliveryReads {
  deliveries(query: DeliveryQuery): Page<DeliveryView>;
  delivery(number: number, organization?: string | null): DeliveryView | null;
  attempts(delivery: number): readonly AttemptView[];
  sentText(delivery: number): SentText | null;
}

interface Found extends DeliveryView {
  readonly lane: number;
}

/** A slice of a walk: the thread of the history serves others, and makes checkpoints, between two of them. */
export const walkMs = 4;
const walkSteps = 80;
/** Deliveries between two looks at the clock. */
const unwatched = 32;
/** Numbers by which a bound found by halving may be too high. */
export const nearEnough = 256;
/** Deliveries made at the same time may be numbered in another order than their times. */
const slackMs = 60_000;

const attemptColumns =
  "select n as attempt, started_at as startedAt, duration as durationMs, code, status, detail," +
  " response_bytes as responseBytes, response from attempt where delivery = ?";

export function createDeliveryReads(database: DatabaseSync, clock: Clock): DeliveryReads {
  const find = createFind(database);
  const lists = createDeliveryLists(database);
  const walk = createWalk(find, createMadeBefore(database), clock);
  // No delivery is older than its event.
  const acceptedFirst = database.prepare("select min(accepted_at) as at from event where id = ?");
  const homes = database.prepare(
    "select id from organization where number = ifnull((select organization from delivery where number = :number)," +
      " (select organization from attempt where delivery = :number limit 1))",
  );
  const headBefore = createHeadBefore(database);
  const homeOf = (number: number) => homes.get({ number })?.["id"];
  const allAttempts = database.prepare(`${attemptColumns} order by n`);

  return {
    deliveries(query) {
      const { organization, state, code = null, event = null, type = null, subject = null, replay = null } = query;
      const lanes = lanesOf(lists, query);
      const owner = organization === null ? null : lists.organization(organization);
      if (lanes?.length === 0 || owner === undefined) return { items: [], before: null };
      const theirs = lanes === null ? null : new Set(lanes);
      const since = Math.max(
        query.since ?? 0,
        event === null ? 0 : ((acceptedFirst.get(event)?.["at"] as number) ?? 0),
      );
      return walk(
        replay !== null
          ? lists.replay(replay)
          : lists.best({ lane: lanes?.length === 1 ? lanes[0]! : null, organization: owner }, state),
        { ...query, since: since === 0 ? null : since },
        (found) =>
          (organization === null || found.organization === organization) &&
          (theirs?.has(found.lane) ?? true) &&
          (state === null || found.state === state) &&
          (code === null || found.last?.code === code) &&
          (event === null || found.event === event) &&
          (type === null || found.type === type) &&
          (subject === null || found.subject === subject),
      );
    },
    delivery(number, organization = null) {
      // Asked first: one of another organization costs what none costs.
      if (organization !== null && homeOf(number) !== organization) return null;
      const found = find(number);
      if (found === null) return null;
      const { lane: _, ...view } = found;
      const behind = view.state === "pending" ? headBefore(number) : undefined;
      return behind === undefined ? view : { ...view, behind };
    },
    sentText: createSentText(database),
    attempts: (number) => allAttempts.all(number).map((row, index) => attemptOf(row as unknown as AttemptRow, index)),
  };
}

/** The head of its line, where that is another one [lines.ts]. */
function createHeadBefore(database: DatabaseSync): (number: number) => number | undefined {
  const waiting = database.prepare(
    "select d.lane, d.class, d.again, e.subject from delivery d join event e on e.number = d.event where d.number = ?",
  );
  const head = database.prepare(
    "select l.head from line l join delivery d on d.number = l.head where l.lane = ? and l.line = ? and l.head < ?",
  );
  return (number) => {
    const row = waiting.get(number) as { lane: number; class: number; again: number; subject: string } | undefined;
    if (row === undefined) return undefined;
    return head.get(row.lane, lineOf(row.class, row.again, row.subject), number)?.["head"] as number | undefined;
  };
}

function createSentText(database: DatabaseSync): DeliveryReads["sentText"] {
  const forbids = createForbids(database);
  const shown =
    "select d.lane, d.variant, d.event as eventNumber, e.id as event, k.dialect, k.name as type, e.body, e.revision, e.previous, e.scopes";
  const joins = " d join event e on e.number = d.event join kind k on k.number = e.kind where";
  const owed = database.prepare(`${shown} from delivery${joins} d.number = ?`);
  const ended = database.prepare(`${shown} from attempt${joins} d.delivery = ? limit 1`);
  return (delivery) => {
    const row = (owed.get(delivery) ?? ended.get(delivery)) as unknown as
      | (SentText & { readonly scopes: string | null })
      | undefined;
    if (row === undefined) return null;
    const { scopes, ...text } = row;
    const isTheirs = forbids(text.lane, text.eventNumber, () => JSON.parse(scopes ?? "{}") as Scopes) === null;
    return isTheirs ? text : null;
  };
}

/** Of the subscriptions asked for; null: of all. */
function lanesOf(
  lists: ReturnType<typeof createDeliveryLists>,
  { organization, subscription, subscriptions = null }: DeliveryQuery,
): readonly number[] | null {
  if (subscription === null && subscriptions === null) return null;
  const asked = subscription === null ? subscriptions! : [subscription];
  const allowed = asked.filter((id) => subscriptions?.includes(id) ?? true);
  return allowed.flatMap((id) => lists.lane(id, organization) ?? []);
}

type Walk = (list: DeliveryList, query: DeliveryQuery, fits: (found: Found) => boolean) => Page<DeliveryView>;

function createWalk(find: (number: number) => Found | null, madeBefore: (time: number) => number, clock: Clock): Walk {
  return (list, { limit, before, since, until = null }, fits) => {
    const items: DeliveryView[] = [];
    const end = clock.monotonic() + walkMs;
    let cursor = before ?? (until === null ? Number.MAX_SAFE_INTEGER : madeBefore(until + slackMs));
    let looked = 0;
    for (let step = 0; step < walkSteps && (step === 0 || clock.monotonic() < end); step++) {
      const { numbers, reached } = list(cursor);
      for (const number of numbers) {
        if (++looked % unwatched === 0 && clock.monotonic() >= end) return { items, before: cursor };
        const found = find(number);
        if (found !== null && since !== null && found.createdAt < since - slackMs) return { items, before: null };
        const inTime =
          found !== null && (since === null || found.createdAt >= since) && (until === null || found.createdAt < until);
        if (inTime && fits(found)) {
          if (items.length === limit) return { items, before: cursor };
          const { lane: _, ...view } = found;
          items.push(view);
        }
        cursor = number;
      }
      if (reached === null) return { items, before: null };
      cursor = reached;
    }
    return { items, before: cursor };
  };
}

/** A number below which all deliveries stand that were made before a time. Numbers rise with time, so it is found by halving.
 * `near`: by how many it may be too high, at least 1. */
export function createMadeBefore(database: DatabaseSync, near = nearEnough): (time: number) => number {
  // Of the next one that is owed and the next one that was tried the older is the next of all.
  const next = database.prepare(
    "select min(at) as at from (select * from (select created_at as at from delivery where number >= :from order by number limit 1)" +
      " union all select * from (select started_at - waited as at from attempt where delivery >= :from order by delivery limit 1))",
  );
  const last = database.prepare(
    "select max(ifnull((select max(number) from delivery), 0), ifnull((select max(delivery) from attempt), 0)) as number",
  );
  return (time) => {
    let [low, high] = [0, Number(last.get()?.["number"]) + 1];
    while (high - low > near) {
      const middle = Math.floor((low + high) / 2);
      const at = next.get({ from: middle })?.["at"];
      if (typeof at === "number" && at < time) low = middle;
      else high = middle;
    }
    return high;
  };
}

function createFind(database: DatabaseSync): (number: number) => Found | null {
  const shown =
    " e.id as event, k.name as type, e.subject, g.id as organization, ifnull(s.id, cast(d.lane as text)) as subscription, s.state as active";
  const joins =
    " join event e on e.number = d.event join kind k on k.number = e.kind join organization g on g.number = d.organization" +
    " left join subscription s on s.number = d.lane";
  const owed = database.prepare(
    `select d.number, d.lane, d.sequence, d.attempts, d.created_at as createdAt, d.due, d.location,${shown} from delivery d${joins} where d.number = ?`,
  );
  const ended = database.prepare(
    `select d.delivery as number, d.lane, d.sequence, d.started_at - d.waited as createdAt, d.state,${shown} from attempt d${joins}` +
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
    const { event, type, subject, organization, subscription, createdAt, lane } = found;
    const attempts = found.attempts ?? Number(requests.get(number)?.["count"]);
    const untried = attempts === 0 && found.due !== undefined && found.location !== quarantine;
    const last = untried ? undefined : lastAttempt.get(number);
    return {
      number,
      event,
      type,
      subject,
      organization,
      subscription,
      state,
      attempts,
      createdAt,
      due: state === "pending" ? (found.due ?? null) : null,
      sequence: shownSequence(found.sequence),
      last: last === undefined ? null : attemptOf(last as unknown as AttemptRow, attempts),
      lane,
    };
  };
}
