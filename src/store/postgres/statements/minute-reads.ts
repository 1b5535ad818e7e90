// Reads of stored hours of minutes for the history: of one subject, from the first on.

import { hourMs } from "../../minute-hours.ts";
import { type StoredHour, startOf } from "../../minute-page.ts";
import { seriesNumber } from "../../codes.ts";
import type { HistoryContext, Reads } from "./history-context.ts";

const dayMs = 24 * hourMs;

const hours =
  `select h.day::bigint * ${dayMs} + h.hour * ${hourMs} as hour, h.minutes from minute_hour h join (select s.organization, s.number` +
  " from minute_subject s join organization o on o.number = s.organization where o.id = $1 and s.series = $2 and s.id = $3) s" +
  " on h.organization = s.organization and h.subject = s.number where h.day between $4 and $5 and (h.day, h.hour) >= ($4, $6)" +
  " order by h.day, h.hour limit $7";

export function createMinuteReads({ session }: HistoryContext): Reads<"minutes"> {
  return {
    async minutes(query) {
      const { organization, series, subject, until, limit } = query;
      const from = startOf(query);
      if (from >= until) return { hours: [], next: null };
      const firstDay = dayOf(from);
      const firstHour = Math.max(0, Math.floor((from - firstDay * dayMs) / hourMs));
      // One more than full ones need, since the first may have begun.
      const most = Math.ceil(limit / 60) + 1;
      const found = await session.rows<StoredHour>(hours, [
        organization,
        seriesNumber[series],
        subject,
        firstDay,
        dayOf(until),
        firstHour,
        most,
      ]);
      return { hours: found, next: found.length < most ? null : found.at(-1)!.hour + hourMs };
    },
  };
}

/** Days since 1970, as far as a column can say. */
const dayOf = (at: number): number => Math.max(-(2 ** 31), Math.min(Math.floor(at / dayMs), 2 ** 31 - 1));
