// Slows down who guesses. Failures are counted by address and claimed client id together, so that nobody can lock an
// owner out from elsewhere, nor one gateway another behind the same address.

import type { Clock } from "../clock.ts";

export interface GuessLimiter {
  /** Whether this caller has failed so often that it must wait. */
  blocks(caller: string): boolean;
  failed(caller: string): void;
}

/** Wrong guesses in a row before the limiter blocks, and the ms after which one is forgotten. */
const allowance = 10;
const forgetOne = 6_000;
const remembered = 10_000;

export function createGuessLimiter(clock: Clock): GuessLimiter {
  const callers = new Map<string, { failures: number; at: number }>();
  const left = (caller: string, now: number): number => {
    const entry = callers.get(caller);
    return entry === undefined ? 0 : Math.max(0, entry.failures - (now - entry.at) / forgetOne);
  };
  return {
    blocks: (caller) => left(caller, clock.monotonic()) > allowance - 1,
    failed(caller) {
      const now = clock.monotonic();
      const failures = left(caller, now) + 1;
      // Put last again: the first entry is then the one that has been quiet the longest.
      callers.delete(caller);
      callers.set(caller, { failures, at: now });
      if (callers.size > remembered) callers.delete(callers.keys().next().value!);
    },
  };
}
