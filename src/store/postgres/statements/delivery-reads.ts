// Reads of deliveries and attempts for the history. A walk goes down the list that fits the query best, and keeps the deliveries
// that match. It ends after some time, so that others have their turn; the next page goes on from there.

import type { Scopes } from "../../../model/event.ts";
import type { AttemptRow } from "../../delivery-view.ts";
import type { AttemptView, DeliveryQuery, DeliveryView, Page, SentText } from "../../history.ts";
import { lineOf } from "../../lines.ts";
import type { Session } from "../database.ts";
import { attemptColumns, attemptView, eventOf, type Found, findDeliveries } from "./delivery-find.ts";
import { createDeliveryLists, type DeliveryList, mostLanes } from "./delivery-lists.ts";
import { organizationNumber } from "./event-reads.ts";
import { type HistoryContext, type Reads, slackMs, walkMs, walkSteps } from "./history-context.ts";
import { forbidsOf } from "./forbids.ts";

/** Deliveries that are read at a time, before others than the first are known to be needed. */
const [first, further] = [32, 256];

const lanesOf =
  "select s.number from subscription s join organization g on g.number = s.organization where s.id = any($1)" +
  " and ($2::text is null or g.id = $2)";
const lanesOfOrganization = `select number from subscription where organization = $1 limit ${mostLanes + 1}`;
const eventsOf = 'select number, accepted_at as "acceptedAt" from event where id = $1';
const allAttempts = `select ${attemptColumns} from attempt where delivery = $1 order by n`;

export function createDeliveryReads(
  context: HistoryContext,
): Reads<"deliveries" | "delivery" | "attempts" | "sentText"> {
  const { session } = context;
  const lists = createDeliveryLists(session);

  async function listOf(query: DeliveryQuery, lanes: readonly number[] | null): Promise<DeliveryList | null> {
    const { organization, state, event = null, replay = null } = query;
    if (replay !== null) return lists.replay(replay);
    if (event !== null) {
      const events = await session.rows<{ number: number }>(eventsOf, [event]);
      return events.length === 0 ? null : lists.events(events.map(({ number }) => number));
    }
    const few = lanes === null || lanes.length > mostLanes ? null : lanes;
    if (few !== null) return lists.best({ lanes: few, organization: null }, state);
    if (organization === null) return lists.best({ lanes: null, organization: null }, state);
    const home = await organizationNumber(session, organization);
    if (home === undefined) return null;
    const theirs = await session.rows<{ number: number }>(lanesOfOrganization, [home]);
    if (theirs.length === 0) return null;
    const all = theirs.length > mostLanes ? null : theirs.map(({ number }) => number);
    return lists.best({ lanes: all, organization: home }, state);
  }

  return {
    async deliveries(query) {
      const lanes = await lanesAsked(session, query);
      const list = lanes?.length === 0 ? null : await listOf(query, lanes);
      if (list === null) return { items: [], before: null };
      return walk(context, list, query, fitting(query, lanes));
    },
    async delivery(number, organization = null) {
      const event = await eventOf(session, number, organization);
      const [found] = event === undefined ? [] : await findDeliveries(session, [{ number, event }]);
      if (found === undefined) return null;
      const { lane: _, ...view } = found;
      const behind = view.state === "pending" ? await headBefore(session, number) : undefined;
      return behind === undefined ? view : { ...view, behind };
    },
    sentText: (delivery) => sentText(session, delivery),
    async attempts(delivery): Promise<readonly AttemptView[]> {
      const rows = await session.rows<AttemptRow>(allAttempts, [delivery]);
      return rows.map((row, index) => attemptView(row, index));
    },
  };
}

/** Of the subscriptions asked for; null: of all. */
async function lanesAsked(
  session: Session,
  { organization, subscription, subscriptions = null }: DeliveryQuery,
): Promise<readonly number[] | null> {
  if (subscription === null && subscriptions === null) return null;
  const asked = subscription === null ? subscriptions! : [subscription];
  const allowed = asked.filter((id) => subscriptions?.includes(id) ?? true);
  if (allowed.length === 0) return [];
  const found = await session.rows<{ number: number }>(lanesOf, [allowed, organization]);
  return found.map(({ number }) => number);
}

function fitting(query: DeliveryQuery, lanes: readonly number[] | null): (found: Found) => boolean {
  const { organization, state, code = null, event = null, type = null, subject = null, since, until = null } = query;
  const theirs = lanes === null ? null : new Set(lanes);
  return (found) =>
    (organization === null || found.organization === organization) &&
    (theirs?.has(found.lane) ?? true) &&
    (state === null || found.state === state) &&
    (code === null || found.last?.code === code) &&
    (event === null || found.event === event) &&
    (type === null || found.type === type) &&
    (subject === null || found.subject === subject) &&
    (since === null || found.createdAt >= since) &&
    (until === null || found.createdAt < until);
}

async function walk(
  { session, clock }: HistoryContext,
  list: DeliveryList,
  { limit, before, since, until = null }: DeliveryQuery,
  fits: (found: Found) => boolean,
): Promise<Page<DeliveryView>> {
  const items: DeliveryView[] = [];
  const end = clock.monotonic() + walkMs;
  let cursor = before ?? (until === null ? Number.MAX_SAFE_INTEGER : await firstDeliveryFrom(session, until + slackMs));
  let looked = 0;
  for (let step = 0; step < walkSteps && (step === 0 || clock.monotonic() < end); step++) {
    const { places, reached } = await list(cursor);
    let rest = places;
    while (rest.length > 0) {
      // Less would not be worth the step that found them.
      if (looked > further && rest !== places && clock.monotonic() >= end) return { items, before: cursor };
      const some = rest.slice(0, looked === 0 ? first : further);
      rest = rest.slice(some.length);
      looked += some.length;
      for (const found of await findDeliveries(session, some)) {
        if (since !== null && found.createdAt < since - slackMs) return { items, before: null };
        if (fits(found)) {
          if (items.length === limit) return { items, before: cursor };
          const { lane: _, ...view } = found;
          items.push(view);
        }
        cursor = found.number;
      }
      cursor = some.at(-1)!.number;
    }
    if (reached === null) return { items, before: null };
    cursor = reached;
  }
  return { items, before: cursor };
}

/** The lowest number from which on all deliveries were made at this time or later, epoch ms. */
export async function firstDeliveryFrom(session: Session, time: number): Promise<number> {
  const found = await session.row<{ number: number }>("select first_delivery_from($1) as number", [Math.ceil(time)]);
  return found!.number;
}

const waiting =
  "select d.lane, d.class, d.again, (select e.subject from event e where e.number = d.event) as subject" +
  " from delivery d where d.number = $1";
const head =
  "select l.head from line l join delivery d on d.number = l.head where l.lane = $1 and l.line = $2 and l.head < $3";

/** The head of its line, where that is another one [lines.ts]. */
async function headBefore(session: Session, number: number): Promise<number | undefined> {
  const row = await session.row<{ lane: number; class: number; again: number; subject: string }>(waiting, [number]);
  if (row === undefined) return undefined;
  const line = lineOf(row.class, row.again, row.subject);
  return (await session.row<{ head: number }>(head, [row.lane, line, number]))?.head;
}

const text =
  'select d.lane, d.variant, e.number as "eventNumber", e.id as event, k.dialect, k.name as type, e.body, e.revision, e.previous,' +
  " e.scopes from (select lane, variant, event from delivery where number = $1 union all select lane, variant, event from attempt" +
  " where delivery = $1 limit 1) d join event e on e.number = d.event join kind k on k.number = e.kind";

async function sentText(session: Session, delivery: number): Promise<SentText | null> {
  const row = await session.row<SentText & { readonly scopes: string | null }>(text, [delivery]);
  if (row === undefined) return null;
  const { scopes, ...sent } = row;
  const forbids = await forbidsOf(session, sent.lane, sent.eventNumber);
  return forbids(sent.eventNumber, () => JSON.parse(scopes ?? "{}") as Scopes) ? null : sent;
}
