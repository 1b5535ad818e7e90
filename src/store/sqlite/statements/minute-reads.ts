// Reads of stored hours of minutes, for the owner and for the history. One statement for each day, since rows are keyed by
// their day first.

import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../../clock.ts";
import type { MinuteSeries } from "../../../model/minute.ts";
import { seriesNumber } from "../../codes.ts";
import type { MinuteReads } from "../../history-operations.ts";
import { hourMs } from "../../minute-hours.ts";
import { type StoredHour, startOf } from "../../minute-page.ts";
import { walkMs } from "./delivery-reads.ts";

export const dayMs: number = 24 * hourMs;

/** What is stored of a subject from one time until another, hour by hour. */
export interface HourRange {
  readonly organization: string;
  readonly series: MinuteSeries;
  readonly subject: string;
  readonly from: number;
  readonly until: number;
}

interface StoredDay {
  /** When it ends, epoch ms. */
  readonly end: number;
  readonly hours: readonly StoredHour[];
}

/** Day by day, also those without a row, as far as there are rows of any subject. */
export type ReadDays = (range: HourRange) => Iterable<StoredDay>;

export function createReadDays(database: DatabaseSync): ReadDays {
  const find = database.prepare(
    "select s.organization, s.number from minute_subject s join organization g on g.number = s.organization" +
      " where g.id = ? and s.series = ? and s.id = ?",
  );
  const bounds = database.prepare(
    "select (select min(day) from minute_hour) as first, (select max(day) from minute_hour) as last",
  );
  const ofDay = database.prepare(
    "select hour, minutes from minute_hour where day = ? and organization = ? and subject = ? and hour >= ? order by hour",
  );

  return function* ({ organization, series, subject, from, until }) {
    const found = find.get(organization, seriesNumber[series], subject) as Record<string, number> | undefined;
    const { first, last } = bounds.get() as { first: number | null; last: number | null };
    if (found === undefined || first === null || last === null) return;
    const end = Math.min(Math.ceil(until / dayMs), last + 1);
    for (let day = Math.max(Math.floor(from / dayMs), first); day < end; day++) {
      const begin = day * dayMs;
      const firstHour = Math.max(0, Math.floor((from - begin) / hourMs));
      const rows = ofDay.all(day, found["organization"]!, found["number"]!, firstHour);
      const hours = (rows as unknown as StoredHour[]).map(({ hour, minutes }) => ({
        hour: begin + hour * hourMs,
        minutes,
      }));
      yield { end: begin + dayMs, hours };
    }
  };
}

/** Whole days. */
export function createMinuteReads(database: DatabaseSync, clock: Clock): MinuteReads {
  const readDays = createReadDays(database);
  return {
    minutes(query) {
      const enough = query.limit / 60;
      const end = clock.monotonic() + walkMs;
      const hours: StoredHour[] = [];
      for (const day of readDays({ ...query, from: startOf(query) })) {
        hours.push(...day.hours);
        if (hours.length >= enough || clock.monotonic() >= end) return { hours, next: day.end };
      }
      return { hours, next: null };
    },
  };
}
