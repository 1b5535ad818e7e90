// Slows down who guesses. Failures are counted by address and claimed client id together, so that nobody can lock an
// owner out from elsewhere, nor one gateway another behind the same address.

import type { Clock } from "../clock.ts";
import { BelfryError } from "../errors.ts";

export interface GuessLimiter {
  /** Whether this caller has failed so often that it must wait. */
  blocks(caller: string): boolean;
  failed(caller: string): void;
  /** Runs a check; only `forged` counts as a guess, and becomes null. Throws TOO_MANY_REQUESTS to who must wait. Who has the
   * right key is never held up by those who guess at it, also where all come from one address, as from a proxy: a guess
   * among 2^256 needs no other hindrance. */
  limited<Result>(caller: string, check: () => Promise<Result | "forged">): Promise<Result | null>;
}

/** Failures in a row before the limiter blocks, and the ms after which one is forgotten. */
const defaults = { allowance: 10, forgetOne: 6_000 };
const remembered = 10_000;

export function createGuessLimiter(clock: Clock, { allowance, forgetOne } = defaults): GuessLimiter {
  const callers = new Map<string, { failures: number; at: number }>();
  const left = (caller: string, now: number): number => {
    const entry = callers.get(caller);
    return entry === undefined ? 0 : Math.max(0, entry.failures - (now - entry.at) / forgetOne);
  };
  const blocks = (caller: string): boolean => left(caller, clock.monotonic()) > allowance - 1;
  const failed = (caller: string): void => {
    const now = clock.monotonic();
    const failures = left(caller, now) + 1;
    // Put last again: the first entry is then the one that has been quiet the longest.
    callers.delete(caller);
    callers.set(caller, { failures, at: now });
    if (callers.size > remembered) callers.delete(callers.keys().next().value!);
  };
  return {
    blocks,
    failed,
    async limited(caller, check) {
      const result = await check();
      if (result !== "forged") return result;
      if (blocks(caller)) {
        throw new BelfryError(
          "TOO_MANY_REQUESTS",
          "Too many wrong keys were tried. Wait a minute, then send the right one.",
        );
      }
      failed(caller);
      return null;
    },
  };
}
