// Which events were accepted between two times, by their numbers: these rise with time, so the ends are found by halving.

import type { EventRange } from "../../replay-reads.ts";
import { slackMs } from "../../stored-replays.ts";
import type { Session } from "../database.ts";

/** Times are epoch ms. */
export async function rangeOfEvents(
  session: Session,
  from: number,
  to: number,
): Promise<Pick<EventRange, "start" | "upTo">> {
  const start = await acceptedBefore(session, from - slackMs);
  return { start, upTo: Math.max(start, await acceptedBefore(session, to + slackMs)) };
}

/** The highest number up to which all events were accepted before a time. */
async function acceptedBefore(session: Session, time: number): Promise<number> {
  const found = await session.row<{ number: number }>(
    "with recursive step (low, high) as (select coalesce((select min(number) from event), 1) - 1," +
      " coalesce((select max(number) from event), 0) union all" +
      " select case when e.accepted_at < $1 then e.number else s.low end," +
      " case when e.accepted_at < $1 then s.high else (s.low + s.high) / 2 end from step s" +
      " left join lateral (select number, accepted_at from event where number > (s.low + s.high) / 2" +
      " order by number limit 1) e on true where s.low < s.high)" +
      " select max(low) as number from step",
    [time],
  );
  return found!.number;
}
