// When a day of counting ends: a minute of the local day, turned into moments. Pure.

import { clockOf } from "../../model/time-zone.ts";

const day = 86_400_000;

/** The last moment up to and including `at` at which the clocks of the zone showed this minute of the day. On a day that has
 * the minute twice it is the first of both; on one that skips it, as much later as the clocks were put forward. */
export function lastReset(at: number, timeZone: string, minuteOfDay: number): number {
  const today = localDay(at, timeZone);
  for (let back = 0; ; back++) {
    const reset = momentOf(today - back * day + minuteOfDay * 60_000, timeZone);
    if (reset <= at) return reset;
  }
}

/** The first moment after `at`, likewise. */
export function nextReset(at: number, timeZone: string, minuteOfDay: number): number {
  const today = localDay(at, timeZone);
  for (let ahead = 0; ; ahead++) {
    const reset = momentOf(today + ahead * day + minuteOfDay * 60_000, timeZone);
    if (reset > at) return reset;
  }
}

/** `local`: a local time written as if it were UTC. */
function momentOf(local: number, timeZone: string): number {
  const offsets = [offsetAt(local - day, timeZone), offsetAt(local + day, timeZone)];
  const candidates = offsets.map((offset) => local - offset).toSorted((a, b) => a - b);
  return candidates.find((moment) => moment + offsetAt(moment, timeZone) === local) ?? local - offsets[0]!;
}

/** Midnight of the local day, written as if it were UTC. */
function localDay(at: number, timeZone: string): number {
  return Math.floor((at + offsetAt(at, timeZone)) / day) * day;
}

const offsetAt = (at: number, timeZone: string): number => clockOf(timeZone).offsetAt(at);
