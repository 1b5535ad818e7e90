// How one process must treat a lane after what its receiver did, worked out a second time from the promise: the pause that
// was asked for, and the breaker, which after some failures in a row lets one probe through at a time, at the times of the
// schedule [docs/deliveries.md]. All times are monotonic ms.

import type { DeliverySettings } from "../../../src/delivery/settings.ts";

export interface Manner {
  /** The process knows the same failures. It may not where a change of the lane, or the failures that the process before
   * it knew, may have been written or not. A success makes it certain again. */
  isCertain: boolean;
  /** Failures in a row; those that began before the breaker opened and ended after it do not count. */
  failures: number;
  open: boolean;
  /** No probe before; only while it is open. */
  probeFrom: number;
  pausedUntil: number;
  /** How long the last pause was, ms. */
  pauseMs: number;
  /** Its last attempt succeeded, and quickly. */
  quick: boolean;
  /** When the last attempt ended, and by how much the wall clock had been set ahead until then, ms. */
  learnedAt: number;
  leapt: number;
  /** When its owner last ended a back-off. */
  openedAt: number;
}

export interface Lesson {
  readonly success: boolean;
  /** The breaker was open when it began. */
  readonly probe: boolean;
  readonly tookMs: number;
  readonly pauseMs: number;
}

/** By then at the latest what the process knew of a lane was written, however much the store failed, ms. */
const writtenAfter = 120_000;

export const newManner = (): Manner => ({
  isCertain: true,
  failures: 0,
  open: false,
  probeFrom: -Infinity,
  pausedUntil: -Infinity,
  pauseMs: 0,
  quick: false,
  learnedAt: -Infinity,
  leapt: 0,
  openedAt: -Infinity,
});

export function learn(manner: Manner, lesson: Lesson, now: number, leapt: number, settings: DeliverySettings): void {
  [manner.learnedAt, manner.leapt] = [now, leapt];
  manner.quick = lesson.success && lesson.tookMs <= settings.slowMs;
  if (lesson.pauseMs > 0) {
    manner.pausedUntil = Math.max(manner.pausedUntil, now + lesson.pauseMs);
    manner.pauseMs = lesson.pauseMs;
  }
  if (lesson.success) [manner.failures, manner.open, manner.isCertain] = [0, false, true];
  else if (!manner.open || lesson.probe) {
    manner.failures++;
    manner.open = manner.failures >= settings.breakAfter;
    if (manner.open) manner.probeFrom = now + probeDelay(manner.failures, settings) * (1 - settings.jitter);
  }
}

/** The owner changed the subscription: the receiver may be mended, or another one. */
export function relent(manner: Manner, isElsewhere: boolean): void {
  manner.probeFrom = -Infinity;
  manner.isCertain = false;
  if (isElsewhere) [manner.failures, manner.open, manner.pausedUntil] = [0, false, -Infinity];
}

/** Its owner wants the receiver called now. What failed before still counts. */
export function open(manner: Manner, now: number): void {
  [manner.probeFrom, manner.pausedUntil, manner.pauseMs, manner.openedAt] = [-Infinity, -Infinity, 0, now];
}

/** What the next process must still know. `endedAt`: when the one before lost its store; time by which the wall clock was
 * set ahead counts as passed. */
export function handDown(manner: Manner, endedAt: number, leapt: number, settings: DeliverySettings): Manner {
  const heir = newManner();
  heir.isCertain = false;
  if (endedAt - Math.max(manner.learnedAt, manner.openedAt) < writtenAfter) return heir;
  const passed = leapt - manner.leapt;
  if (manner.open) [heir.failures, heir.open, heir.probeFrom] = [manner.failures, true, manner.probeFrom - passed];
  // Short waits are not worth a row.
  if (manner.pauseMs >= settings.unloadMs) {
    [heir.pausedUntil, heir.pauseMs] = [manner.pausedUntil - passed, manner.pauseMs];
  }
  [heir.learnedAt, heir.leapt] = [manner.learnedAt, leapt];
  return heir;
}

/** The longest from a failure to the next attempt of an open lane, ms. */
export const longestProbe = ({ probeMostMs, jitter }: DeliverySettings): number => probeMostMs * (1 + jitter);

function probeDelay(failures: number, { breakAfter, retryDelays, probeMostMs }: DeliverySettings): number {
  const planned = retryDelays[Math.min(failures - breakAfter, retryDelays.length - 1)] ?? probeMostMs;
  return Math.min(planned, probeMostMs);
}
