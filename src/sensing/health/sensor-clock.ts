// Whether the clock of a sensor can be trusted, by the times that it sends.

import type { SensorClock } from "../../model/sensor-health.ts";

export interface ClockWatch {
  /** Why its last observation was rejected; null: none was. */
  fault: "ahead" | "wrong" | null;
  faultAt: number;
  behind: boolean;
  /** The hour that is being watched, and the least delay in it, ms; null: nothing came in it yet. */
  from: number;
  leastDelay: number | null;
  messages: number;
}

const hourMs = 3_600_000;
/** What is older than this when it comes is late. */
const lateMs = 5 * 60_000;
const fewestMessages = 3;
/** A clock is trusted again so long after the last observation that was rejected. */
const trustedAfterMs = 10 * 60_000;

export function newClockWatch(at: number): ClockWatch {
  return { fault: null, faultAt: 0, behind: false, from: at, leastDelay: null, messages: 0 };
}

/** An observation of `at` came at `acceptedAt`. A gateway that sends what it kept for hours makes no clock wrong: within the
 * hour something is on time. */
export function watchClock(watch: ClockWatch, at: number, acceptedAt: number): void {
  const delay = acceptedAt - at;
  if (acceptedAt >= watch.from + hourMs) {
    if (watch.messages >= fewestMessages) watch.behind = watch.leastDelay! > lateMs;
    watch.from = acceptedAt;
    watch.leastDelay = null;
    watch.messages = 0;
  }
  watch.leastDelay = Math.min(watch.leastDelay ?? delay, delay);
  watch.messages++;
  if (delay <= lateMs) watch.behind = false;
  if (watch.fault !== null && acceptedAt >= watch.faultAt + trustedAfterMs) watch.fault = null;
}

export function clockOf({ fault, behind }: ClockWatch): SensorClock {
  return fault ?? (behind ? "behind" : "ok");
}
