// When a minute of traffic is finished, and for how long it can still change.

import { type MinuteOf } from "../../model/minute.ts";

/** A minute of a door or of a space; its organization is the one whose records these are. */
export type TrafficMinute = Omit<MinuteOf, "organization">;

export const minuteMs = 60_000;

/** A passage this much older than the last finished minute still corrects its minute and those after it. */
export const latenessMs = 5 * minuteMs;

/** What doors say about a minute is waited for this long after it. */
const patienceMs = 5_000;

/** The end of the last minute that is finished at `now`. */
export function finishedUntil(now: number): number {
  return Math.floor((now - patienceMs) / minuteMs) * minuteMs;
}

/** When the minute that begins at `at` is finished. */
export function finishedAt(at: number): number {
  return at + minuteMs + patienceMs;
}

export function minuteOf(at: number): number {
  return Math.floor(at / minuteMs) * minuteMs;
}
