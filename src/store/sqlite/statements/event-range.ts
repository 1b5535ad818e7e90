// Which events were accepted between two times, by their numbers: these rise with time, so the ends are found by halving.

import type { DatabaseSync } from "node:sqlite";
import type { EventRange } from "../../replay-reads.ts";
import { slackMs } from "../../stored-replays.ts";

type Range = Pick<EventRange, "start" | "upTo">;

/** Times are epoch ms. */
export function createEventRange(database: DatabaseSync): (from: number, to: number) => Range {
  const next = database.prepare("select number, accepted_at as at from event where number > ? order by number limit 1");
  const bounds = database.prepare(
    "select ifnull((select min(number) from event), 1) as first, ifnull((select max(number) from event), 0) as last",
  );
  return (from, to) => {
    const { first, last } = bounds.get() as { first: number; last: number };
    /** The highest number up to which all events were accepted before a time. */
    const before = (time: number): number => {
      let [low, high] = [first - 1, last];
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        const found = next.get(middle) as { number: number; at: number } | undefined;
        if (found !== undefined && found.at < time) low = found.number;
        else high = middle;
      }
      return low;
    };
    const start = before(from - slackMs);
    return { start, upTo: Math.max(start, before(to + slackMs)) };
  };
}
