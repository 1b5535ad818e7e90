// Reads for replays: kept events from the first to the last, and how the deliveries of a lane ended. Each call is one slice of
// bounded length; it says where the next one begins.

import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../../clock.ts";
import type { EndedPage, EndedQuery, EventRange, KeptEvent, KeptPage, KeptQuery } from "../../replay-reads.ts";
import { stateName } from "../../codes.ts";
import { createMadeBefore, nearEnough, walkMs } from "./delivery-reads.ts";
import { createEventRange, slackMs } from "./event-range.ts";

export interface ReplayReads {
  eventRange(from: number, to: number): EventRange;
  keptEvents(query: KeptQuery): KeptPage;
  endedDeliveries(query: EndedQuery): EndedPage;
}

/** Events that one statement looks through. */
const stride = 1_000;
/** Bodies of one page, in UTF-16 units; the last one may exceed it. */
const mostBodies = 1024 * 1024;
/** Deliveries of a lane in one page. */
const mostEnded = 500;
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

function createKeptEvents(database: DatabaseSync, clock: Clock): ReplayReads["keptEvents"] {
  const end = database.prepare(
    `select number, accepted_at as at from event where number > ? order by number limit 1 offset ${stride - 1}`,
  );
  const numberOf = database.prepare("select number from organization where id = ?");
  const between = database.prepare(
    "select e.number, e.id, k.dialect, k.name as type, e.subject, e.at, e.accepted_at as acceptedAt, e.scopes," +
      " iif(:bodies, e.body, null) as body from event e join kind k on k.number = e.kind" +
      " where e.number > :after and e.number <= :upTo and e.organization = :organization and e.accepted_at >= :from" +
      " and e.accepted_at < :to and k.dialect = :dialect and k.name in (select value from json_each(:types))" +
      " order by e.number limit :limit",
  );

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
    const until = clock.monotonic() + walkMs;
    let cursor = after;
    let room = mostBodies;
    for (let step = 0; organization !== undefined && cursor < upTo; step++) {
      if (step > 0 && clock.monotonic() >= until) return page(events, cursor);
      const last = Math.min((end.get(cursor)?.["number"] as number | undefined) ?? upTo, upTo);
      const given = { organization, dialect, types: JSON.stringify(types), from, to, bodies: Number(bodies) };
      const rows = between.iterate({ ...given, after: cursor, upTo: last, limit: limit - events.length });
      for (const row of rows as Iterable<object>) {
        const event = { ...row } as KeptEvent;
        events.push(event);
        room -= event.body?.length ?? 0;
        if (events.length === limit || room <= 0) return page(events, event.number);
      }
      cursor = last;
    }
    return page(events, upTo);
  };
}

/** Those that the list by lane has, then those behind it, which are found by a scan. */
function createEndedDeliveries(database: DatabaseSync): ReplayReads["endedDeliveries"] {
  const reach = database.prepare("select value from meta where name = 'delivery_by_lane'");
  const last = database.prepare(
    "select max(ifnull((select max(number) from delivery), 0), ifnull((select max(delivery) from attempt), 0)) as number",
  );
  const listed = database.prepare(
    "select delivery as number from delivery_by_lane where lane = ? and delivery > ? and delivery <= ?" +
      ` order by delivery limit ${mostEnded}`,
  );
  const young = database.prepare(
    "select number from delivery where number > :after and number <= :upTo and lane = :lane union" +
      " select delivery from attempt where delivery > :after and delivery <= :upTo and lane = :lane order by number",
  );
  const owed = database.prepare("select event from delivery where number = ?");
  const ended = database.prepare(
    "select event, state from attempt where delivery = ? and state is not null order by n limit 1",
  );
  const view = (number: number): EndedPage["deliveries"] => {
    const pending = owed.get(number);
    if (pending !== undefined) return [{ event: Number(pending["event"]), ending: null }];
    const row = ended.get(number);
    return row === undefined ? [] : [{ event: Number(row["event"]), ending: stateName(Number(row["state"])) }];
  };
  const page = (numbers: readonly object[], reached: number | null): EndedPage => ({
    deliveries: numbers.flatMap((row) => view((row as { number: number }).number)),
    reached,
  });

  return ({ lane, after }) => {
    const top = Number(last.get()!["number"]);
    const reached = Math.min(Number(reach.get()?.["value"] ?? 0), top);
    if (after < reached) {
      const numbers = listed.all(lane, after, reached);
      return page(numbers, numbers.length < mostEnded ? reached : Number(numbers.at(-1)!["number"]));
    }
    const upTo = after + youngStride;
    const numbers = young.all({ after, upTo, lane });
    return page(numbers, upTo < top ? upTo : null);
  };
}
