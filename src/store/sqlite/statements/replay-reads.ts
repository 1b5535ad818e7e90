// Reads for replays: kept events from the first to the last, and how the deliveries of a lane ended. Each call is one slice of
// bounded length; it says where the next one begins.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Clock } from "../../../clock.ts";
import { mostBodies, type ReplayReads } from "../../history-operations.ts";
import type { EndedPage, KeptEvent, KeptPage } from "../../replay-reads.ts";
import { stateName } from "../../codes.ts";
import { createMadeBefore, nearEnough, walkMs } from "./delivery-reads.ts";
import { slackMs } from "../../stored-replays.ts";
import { createEventRange } from "./event-range.ts";

/** Events that one statement looks through. */
const stride = 1_000;
/** Deliveries of a lane in one page. */
const mostEnded = 2_000;
/** Numbers that a page looks through where the list by lane does not reach. */
const youngStride = 5_000;

export function createReplayReads(database: DatabaseSync, clock: Clock): ReplayReads {
  const rangeOf = createEventRange(database);
  const madeBefore = createMadeBefore(database);
  const oldest = database.prepare("select min(number) as number from event");
  const acceptedAt = database.prepare("select accepted_at as at from event where number = ?");
  return {
    eventRange(from, to) {
      const first = oldest.get()!["number"];
      const at = typeof first === "number" ? acceptedAt.get(first)?.["at"] : undefined;
      const deliveriesAfter = Math.max(0, madeBefore(from - slackMs) - nearEnough);
      return { ...rangeOf(from, to), deliveriesAfter, keptFrom: typeof at === "number" ? at : null };
    },
    keptEvents: createKeptEvents(database, clock),
    endedDeliveries: createEndedDeliveries(database),
  };
}

type EventRow = [
  number: number,
  id: string,
  kind: number,
  subject: string,
  at: number,
  acceptedAt: number,
  scopes: string | null,
  body: string | null,
];

function createKeptEvents(database: DatabaseSync, clock: Clock): ReplayReads["keptEvents"] {
  const end = database.prepare(
    `select number, accepted_at as at from event where number > ? order by number limit 1 offset ${stride - 1}`,
  );
  const numberOf = database.prepare("select number from organization where id = ?");
  const kinds = database.prepare(
    "select number, name from kind where dialect = ? and name in (select value from json_each(?))",
  );
  // A million of them are read for a dry run: rows come as arrays, and their kinds are looked up here.
  const between = database.prepare(
    "select number, id, kind, subject, at, accepted_at, scopes, iif(:bodies, body, null) from event" +
      " where number > :after and number <= :upTo and organization = :organization and accepted_at >= :from" +
      " and accepted_at < :to and kind in (select value from json_each(:kinds)) order by number limit :limit",
  );
  between.setReturnArrays(true);

  const lastUpTo = database.prepare(
    "select accepted_at as at from event where number <= ? order by number desc limit 1",
  );
  const page = (events: readonly KeptEvent[], reached: number): KeptPage => ({
    events,
    reached,
    reachedAt: (lastUpTo.get(reached)?.["at"] as number | undefined) ?? null,
  });

  return ({ organization: id, dialect, types, after, upTo, from, to, bodies, limit }) => {
    const organization = numberOf.get(id)?.["number"];
    const events: KeptEvent[] = [];
    const found = kinds.all(dialect, JSON.stringify(types)) as { number: number; name: string }[];
    const typeOf = new Map(found.map(({ number, name }) => [number, name]));
    const until = clock.monotonic() + walkMs;
    let cursor = after;
    let room = mostBodies;
    for (let step = 0; organization !== undefined && cursor < upTo; step++) {
      if (step > 0 && clock.monotonic() >= until) return page(events, cursor);
      const last = Math.min((end.get(cursor)?.["number"] as number | undefined) ?? upTo, upTo);
      const given = { organization, kinds: JSON.stringify([...typeOf.keys()]), from, to, bodies: Number(bodies) };
      const asked = { ...given, after: cursor, upTo: last, limit: limit - events.length };
      // Bodies may be large: they are read one by one, until the page is full.
      const rows = (bodies ? between.iterate(asked) : between.all(asked)) as unknown as Iterable<EventRow>;
      for (const [number, id, kind, subject, at, acceptedAt, scopes, body] of rows) {
        events.push({ number, id, dialect, type: typeOf.get(kind)!, subject, at, acceptedAt, scopes, body });
        room -= body?.length ?? 0;
        if (events.length === limit || room <= 0) return page(events, number);
      }
      cursor = last;
    }
    return page(events, upTo);
  };
}

/** A delivery, its event, and the state in which it ended; null: it is owed, or nothing is known of it. */
type EndRow = [number: number, event: number | null, state: number | null];

/** Those that the list by lane has, then those behind it, which are found by a scan. */
function createEndedDeliveries(database: DatabaseSync): ReplayReads["endedDeliveries"] {
  const reach = database.prepare("select value from meta where name = 'delivery_by_lane'");
  const last = database.prepare(
    "select max(ifnull((select max(number) from delivery), 0), ifnull((select max(delivery) from attempt), 0)) as number",
  );
  // A million of them are read before a dry run can count: so one statement for a page, and rows as arrays.
  const ends = (numbers: string): StatementSync => {
    const statement = database.prepare(
      `with some (number) as (${numbers}) select s.number, ifnull(d.event, a.event), iif(d.event is null, a.state, null)` +
        " from some s left join delivery d on d.number = s.number" +
        " left join attempt a on d.number is null and a.delivery = s.number and a.state is not null order by s.number",
    );
    statement.setReturnArrays(true);
    return statement;
  };
  const listed = ends(
    "select delivery from delivery_by_lane where lane = ? and delivery > ? and delivery <= ?" +
      ` order by delivery limit ${mostEnded}`,
  );
  const young = ends(
    "select number from delivery where number > :after and number <= :upTo and lane = :lane union" +
      " select delivery from attempt where delivery > :after and delivery <= :upTo and lane = :lane",
  );
  const page = (rows: readonly EndRow[], reached: number | null): EndedPage => {
    const deliveries: EndedPage["deliveries"][number][] = [];
    for (const [, event, state] of rows) {
      if (event !== null) deliveries.push({ event, ending: state === null ? null : stateName(state) });
    }
    return { deliveries, reached };
  };

  return ({ lane, after }) => {
    const top = Number(last.get()!["number"]);
    const reached = Math.min(Number(reach.get()?.["value"] ?? 0), top);
    if (after < reached) {
      const rows = listed.all(lane, after, reached) as unknown as EndRow[];
      return page(rows, rows.length < mostEnded ? reached : rows.at(-1)![0]);
    }
    const upTo = after + youngStride;
    const rows = young.all({ after, upTo, lane }) as unknown as EndRow[];
    return page(rows, upTo < top ? upTo : null);
  };
}
