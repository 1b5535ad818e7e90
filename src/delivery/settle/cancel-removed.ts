// Ends what a removed subscription was owed, as `cancelled`, slice by slice, so that a lane with a million rows does not
// hold up the others. What a stop leaves undone the next start finds again.

import type { Ledger } from "../../store/ledger.ts";
import type { Epoch } from "../../store/shards.ts";
import { retryUntilDone, type RetryOptions } from "../retry-until-done.ts";

export interface CancelRemoved {
  add(lane: number): void;
  /** Resolves when it works on nothing. */
  settled(): Promise<void>;
}

export interface CancelRemovedDeps extends RetryOptions {
  readonly ledger: Pick<Ledger, "cancel">;
  readonly epoch: () => Epoch;
  /** Time of the final state, epoch ms. */
  readonly now: () => number;
  /** Rows per slice. */
  readonly slice: number;
  readonly onFailed: (error: unknown) => void;
}

export function createCancelRemoved(deps: CancelRemovedDeps): CancelRemoved {
  const { ledger, epoch, now, slice, log } = deps;
  const waiting: number[] = [];
  let busy = false;
  let run: Promise<void> = Promise.resolve();

  async function removeAll(): Promise<void> {
    for (;;) {
      const lane = waiting.shift();
      if (lane === undefined) break;
      let cancelled = 0;
      for (let last = slice; last >= slice; cancelled += last) {
        const slicing = await retryUntilDone(
          () => ledger.cancel(epoch(), lane, now(), slice),
          "Deliveries of a removed subscription could not be cancelled; trying again.",
          deps,
        );
        if (!slicing.done) return;
        last = slicing.result;
      }
      if (cancelled > 0)
        log.info("subscription.cancelled", { lane, cancelled }, "Deliveries of a removed subscription are cancelled.");
    }
    busy = false;
  }

  return {
    add(lane) {
      waiting.push(lane);
      if (busy) return;
      busy = true;
      run = Promise.resolve().then(removeAll).catch(deps.onFailed);
    },
    settled: () => run,
  };
}
