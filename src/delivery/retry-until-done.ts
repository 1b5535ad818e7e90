// Does what must be done in the end although the store, or whoever it takes, may fail for a while.

import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { OwnershipLost } from "../store/ledger.ts";

export interface RetryOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly backoffMs: { readonly first: number; readonly most: number };
  /** false: give up instead of trying again. */
  readonly keepTrying: () => boolean;
}

export type Done<Result> = { readonly done: true; readonly result: Result } | { readonly done: false };

/** Tries until it succeeds. OwnershipLost is thrown at once; `{ done: false }` when `goOn` says so. */
export async function retryUntilDone<Result>(
  work: () => Promise<Result>,
  failureMessage: string,
  { clock, log, backoffMs, keepTrying }: RetryOptions,
): Promise<Done<Result>> {
  for (let pause = backoffMs.first; keepTrying(); pause = Math.min(pause * 2, backoffMs.most)) {
    try {
      const result = await work();
      if (pause > backoffMs.first) log.info("store.recovered", {}, "What the store could not do is done.");
      return { done: true, result };
    } catch (error) {
      if (error instanceof OwnershipLost) throw error;
      log.error("store.failed", { err: error }, failureMessage);
      await new Promise<void>((resolve) => void clock.after(pause, resolve));
    }
  }
  return { done: false };
}
