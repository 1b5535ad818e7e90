// Under which number an event was first owed to a lane. Events of a lane have rising numbers in the order of their own: so the run
// of an event is found by its first event, and the deliveries of the run by their range.

import type { Session } from "../database.ts";

/** In the order given; null: it was not owed, or nothing is kept of that. */
export async function sequencesOf(
  session: Session,
  asked: readonly { readonly lane: number; readonly event: number }[],
): Promise<readonly (number | null)[]> {
  const found = await session.rows<{ place: number; sequence: number }>(
    "with placed as (select g.lane, g.event, g.place, r.delivery, r.last_delivery" +
      " from unnest($1::bigint[], $2::bigint[]) with ordinality g (lane, event, place)" +
      " cross join lateral (select delivery, last_delivery from sequence_run where lane = g.lane and event <= g.event" +
      " order by event desc limit 1) r)," +
      " run as (select lane, delivery, last_delivery, min(event) as first, max(event) as last from placed" +
      " group by lane, delivery, last_delivery)," +
      " found as (select r.lane, n.event, n.sequence from run r cross join lateral (" +
      "select event, sequence from delivery where number between r.delivery and r.last_delivery and lane = r.lane" +
      " and event between r.first and r.last and sequence > 0 union" +
      " select event, sequence from attempt where delivery between r.delivery and r.last_delivery and lane = r.lane" +
      " and event between r.first and r.last and sequence > 0) n)" +
      " select p.place, f.sequence from placed p join found f on f.lane = p.lane and f.event = p.event",
    [asked.map(({ lane }) => lane), asked.map(({ event }) => event)],
  );
  const sequences: (number | null)[] = asked.map(() => null);
  for (const { place, sequence } of found) sequences[place - 1] = sequence;
  return sequences;
}
