// Reads for replays: kept events from the first to the last, and how the deliveries of a lane ended. Each call is one slice of
// bounded length; it says where the next one begins.

import { stateName } from "../../codes.ts";
import { mostBodies } from "../../history-operations.ts";
import type { EndedPage, KeptEvent, KeptPage, KeptQuery } from "../../replay-reads.ts";
import type { Session } from "../database.ts";
import { firstDeliveryFrom } from "./delivery-reads.ts";
import { eventsBefore } from "./event-reads.ts";
import { type HistoryContext, of, type Reads, slackMs, walkMs, walkSteps } from "./history-context.ts";

/** Events of the organization that one step looks through. */
const stride = 2_000;
/** Deliveries of a lane in one page. */
const mostEnded = 2_000;

const oldest = 'select accepted_at as "keptFrom" from event order by number limit 1';

export function createReplayReads(context: HistoryContext): Reads<"eventRange" | "keptEvents" | "endedDeliveries"> {
  const { session } = context;
  return {
    async eventRange(from, to) {
      const start = await eventsBefore(session, from - slackMs);
      const upTo = Math.max(start, await eventsBefore(session, to + slackMs));
      const deliveriesAfter = Math.max(0, (await firstDeliveryFrom(session, from - slackMs)) - 1);
      const keptFrom = (await session.row<{ keptFrom: number }>(oldest))?.keptFrom ?? null;
      return { start, upTo, deliveriesAfter, keptFrom };
    },
    keptEvents: (query) => keptEvents(context, query),
    async endedDeliveries({ lane, after }): Promise<EndedPage> {
      const rows = await session.rows<EndRow>(ended, [lane, after]);
      const deliveries = rows.flatMap(({ event, state }) =>
        event === null ? [] : [{ event, ending: state === null ? null : stateName(state) }],
      );
      return { deliveries, reached: rows.at(-1)!.reached };
    },
  };
}

const kinds = "select number, name from kind where dialect = $1 and name = any($2)";
// The last row says down to which event was looked: null, to the end.
const kept =
  "with looked as materialized (select * from (select number, kind, accepted_at, octet_length(body) as size from event" +
  ` where ${of("organization", "(select o.number from organization o where o.id = $1)")} and number > $2 order by organization, number limit ${stride}) behind where number <= $3),` +
  " fitting as (select number, sum(case when $7 then size else 0 end) over (order by number) - size as above from looked where kind = any($4)" +
  " and accepted_at >= $5 and accepted_at < $6 order by number limit $8)" +
  " select e.*, null::bigint as end, null::bigint as fitting from fitting f cross join lateral (select number, id, kind, subject, at," +
  ' accepted_at as "acceptedAt", scopes, case when $7 then body end as body from event where number = f.number limit 1) e where f.above < $9' +
  ` union all select null, null, null, null, null, null, null, null, case when count(*) = ${stride} then max(number) end,` +
  " (select count(*) from fitting) from looked order by number nulls last";
const lastUpTo = "select accepted_at as at from event where number <= $1 order by number desc limit 1";

type KeptRow = Omit<KeptEvent, "dialect" | "type" | "number"> & {
  readonly kind: number;
  readonly number: number | null;
  readonly end: number | null;
  readonly fitting: number;
};

async function keptEvents({ session, clock }: HistoryContext, query: KeptQuery): Promise<KeptPage> {
  const { organization, dialect, types, after, upTo, from, to, bodies, limit } = query;
  const found = await session.rows<{ number: number; name: string }>(kinds, [dialect, types]);
  const typeOf = new Map(found.map(({ number, name }) => [number, name]));
  const fixed = [[...typeOf.keys()], Math.ceil(from), Math.ceil(to), bodies];
  const events: KeptEvent[] = [];
  const until = clock.monotonic() + walkMs;
  let cursor = after;
  let room = mostBodies;
  for (let step = 0; cursor < upTo; step++) {
    if (step === walkSteps || (step > 0 && clock.monotonic() >= until)) return pageOf(session, events, cursor);
    const wanted = limit - events.length;
    const rows = await session.rows<KeptRow>(kept, [organization, cursor, upTo, ...fixed, wanted, room]);
    const { end, fitting } = rows.at(-1)!;
    for (const { number, id, kind, subject, at, acceptedAt, scopes, body } of rows) {
      if (number === null) continue;
      events.push({ number, id, dialect, type: typeOf.get(kind)!, subject, at, acceptedAt, scopes, body });
      room -= body === null ? 0 : Buffer.byteLength(body);
    }
    if (events.length === limit || fitting > rows.length - 1 || room <= 0)
      return pageOf(session, events, events.at(-1)!.number);
    cursor = end ?? upTo;
  }
  return pageOf(session, events, upTo);
}

async function pageOf(session: Session, events: readonly KeptEvent[], reached: number): Promise<KeptPage> {
  const last = await session.row<{ at: number }>(lastUpTo, [reached]);
  return { events, reached, reachedAt: last?.at ?? null };
}

/** `event` null: the last row, which says behind which delivery the next page begins; null: this was the last. */
interface EndRow {
  readonly event: number | null;
  readonly state: number | null;
  readonly reached: number | null;
}

const ended =
  "with owed as materialized (select number, event from delivery where" +
  ` ${of("lane", "$1::bigint")} and number > $2 order by lane, number limit ${mostEnded}), done as materialized (select delivery as number, event, state from attempt` +
  ` where ${of("lane", "$1::bigint")} and delivery > $2 and state is not null order by lane, delivery limit ${mostEnded}), floors as (select least(` +
  `(select case when count(*) = ${mostEnded} then max(number) end from owed), (select case when count(*) = ${mostEnded} then` +
  " max(number) end from done)) as reached)" +
  " select number, event, state, null::bigint as reached from (select number, event, null::smallint as state from owed union all" +
  " select distinct on (number) d.* from done d where not exists (select 1 from owed o where o.number = d.number)) found cross join floors" +
  " where number <= coalesce(floors.reached, number) union all select null, null, null, reached from floors order by number nulls last";
