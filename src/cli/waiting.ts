// Waiting on the given clock, so that tests need not.

import type { Clock } from "../clock.ts";

/** Resolves after `ms`, or at once when `signal` is or becomes aborted. Never rejects: look at the signal. */
export function waitFor(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener("abort", done, { once: true });
  });
}
