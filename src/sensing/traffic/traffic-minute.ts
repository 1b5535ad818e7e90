// When a minute of traffic is finished.

import { minuteMs, type MinuteOf, minuteOf } from "../../model/minute.ts";

/** A minute of a door or of a space; its organization is the one whose records these are. */
export type TrafficMinute = Omit<MinuteOf, "organization">;

/** What doors say about a minute is waited for this long after it. */
const patienceMs = 5_000;

/** The end of the last minute that is finished at `now`. */
export function finishedUntil(now: number): number {
  return minuteOf(now - patienceMs);
}

/** When the minute that begins at `at` is finished. */
export function finishedAt(at: number): number {
  return at + minuteMs + patienceMs;
}
