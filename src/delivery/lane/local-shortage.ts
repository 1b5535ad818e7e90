// Lanes whose last attempt this machine had no file or port for: each waits for itself, and the log says it once in a while.

import type { Clock } from "../../clock.ts";
import type { Log } from "../../log.ts";
import type { Outcome } from "../../model/attempt.ts";
import type { Lane } from "./lane.ts";

export interface LocalShortage {
  /** The attempt was not made: the lane tries again in `againMs`. */
  note(lane: Lane, outcome: Outcome, againMs: number): void;
  /** Attempts that were not made. */
  count(): number;
}

export function createLocalShortage(deps: {
  readonly clock: Clock;
  readonly log: Log;
  readonly sayEveryMs: number;
}): LocalShortage {
  let count = 0;
  let saidAt = -Infinity;
  return {
    note(lane, { detail }, againMs) {
      count++;
      const now = deps.clock.monotonic();
      lane.shortUntil = now + againMs;
      if (now - saidAt < deps.sayEveryMs) return;
      saidAt = now;
      deps.log.error("attempt.postponed", { lane: lane.number }, detail ?? "This machine has no file or port left.");
    },
    count: () => count,
  };
}
