// Reads of events for the history: newest first, from the list of their organization or from all of them. Each step looks at a
// bounded number of rows, and reads bodies only up to a size.

import type { EventQuery, EventView, Page } from "../../history.ts";
import { sliceBodies } from "../../history-operations.ts";
import { type HistoryContext, of, type Reads, slackMs, walkMs, walkSteps } from "./history-context.ts";

/** Events that one step looks through. */
const stride = 2_000;

const columns =
  'e.number, e.id, g.id as organization, k.dialect, k.name as type, e.subject, e.at, e.accepted_at as "acceptedAt",' +
  " e.revision, e.body from event e join kind k on k.number = e.kind join organization g on g.number = e.organization";

/** One row at least, so that it always says how far was looked; `number` null: there is no event in it. */
type Looked = { readonly [Key in keyof EventView]: EventView[Key] | null } & {
  readonly reached: number | null;
  readonly oldest: number | null;
  readonly looked: number;
  readonly fitting: number;
};

/** `rows`: which to look through, in which order. Values: before, organization, type, subject, since, until, limit,
 * room for bodies. */
const stepDown = (rows: string): string =>
  "with looked as materialized (select number, kind, subject, accepted_at, octet_length(body) as size from event" +
  ` where number < $1 and ${rows} limit ${stride}),` +
  " fitting as (select l.number, sum(size) over (order by l.number desc) - size as above from looked l join kind k on k.number = l.kind" +
  " where ($3::text is null or k.name = $3) and ($4::text is null or l.subject = $4)" +
  " and ($5::bigint is null or l.accepted_at >= $5) and ($6::bigint is null or l.accepted_at < $6)" +
  " order by l.number desc limit $7)" +
  ' select h.*, v.* from (select min(number) as reached, min(accepted_at) as oldest, count(*) as looked, (select count(*) from fitting) as "fitting" from looked) h' +
  ` left join lateral (select f.number as place, x.* from fitting f cross join lateral (select ${columns} where e.number = f.number limit 1) x` +
  ` where f.above < $8) v on true order by v.place desc`;

const ofOrganization = stepDown(`${of("organization", "$2::integer")} order by organization desc, number desc`);
const ofAll = stepDown("$2::integer is null order by number desc");

const byId = (condition: string): string =>
  `select * from (select ${columns} where e.id = $1 and ${condition} offset 0) found order by number desc limit 1`;
const anyById = byId("true");
const theirsById = byId("g.id = $2");

export function createEventReads({ session, clock }: HistoryContext): Reads<"events" | "event"> {
  async function events(query: EventQuery): Promise<Page<EventView>> {
    const { organization: id, type, subject = null, since, until = null, limit, before } = query;
    const organization = id === null ? null : await organizationNumber(session, id);
    if (organization === undefined) return { items: [], before: null };
    const end = clock.monotonic() + walkMs;
    const items: EventView[] = [];
    let room = sliceBodies;
    let cursor =
      before ?? (until === null ? Number.MAX_SAFE_INTEGER : (await eventsBefore(session, until + slackMs)) + 1);
    for (let step = 0; step < walkSteps && (step === 0 || clock.monotonic() < end); step++) {
      const wanted = limit - items.length;
      const rows = await session.rows<Looked>(organization === null ? ofAll : ofOrganization, [
        cursor,
        organization,
        type,
        subject,
        since === null ? null : Math.ceil(since),
        until === null ? null : Math.ceil(until),
        wanted + 1,
        room,
      ]);
      const { reached, oldest, looked, fitting } = rows[0]!;
      const found = rows.flatMap((row) => (row.number === null ? [] : [eventOf(row as EventView)])).slice(0, wanted);
      items.push(...found);
      if (fitting > found.length) return { items, before: items.at(-1)!.number };
      room -= found.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
      const isPast = since !== null && oldest !== null && oldest < since - slackMs;
      if (reached === null || looked < stride || isPast) return { items, before: null };
      cursor = reached;
      if (room <= 0) break;
    }
    return { items, before: cursor };
  }

  return {
    events,
    async event(organization, id) {
      const row = await (organization === null
        ? session.row<EventView>(anyById, [id])
        : session.row<EventView>(theirsById, [id, organization]));
      return row === undefined ? null : eventOf(row);
    },
  };
}

const eventOf = (row: EventView): EventView => {
  const { number, id, organization, dialect, type, subject, at, acceptedAt, revision, body } = row;
  return { number, id, organization, dialect, type, subject, at, acceptedAt, revision, body };
};

/** The highest number up to which all events were accepted before a time, epoch ms. */
export async function eventsBefore(session: HistoryContext["session"], time: number): Promise<number> {
  const found = await session.row<{ number: number }>("select events_before($1) as number", [Math.ceil(time)]);
  return found!.number;
}

/** undefined: there is none. */
export async function organizationNumber(session: HistoryContext["session"], id: string): Promise<number | undefined> {
  const found = await session.row<{ number: number }>("select number from organization where id = $1", [id]);
  return found?.number;
}
