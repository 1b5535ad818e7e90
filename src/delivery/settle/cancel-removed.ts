// Ends what a removed subscription was owed, as `cancelled`, slice by slice, so that a lane with a million rows does not
// hold up the others. What a stop leaves undone the next start finds again.

import type { Ledger } from "../../store/ledger.ts";
import type { Epoch } from "../../store/shards.ts";
import { type BackgroundOptions, createBackgroundLoop } from "../background-loop.ts";

export interface CancelRemoved {
  add(lane: number): void;
  /** Resolves when it works on nothing. */
  idle(): Promise<void>;
}

export interface CancelRemovedDeps extends BackgroundOptions {
  readonly ledger: Pick<Ledger, "cancel">;
  readonly epoch: () => Epoch;
  /** Time of the final state, epoch ms. */
  readonly now: () => number;
  /** Deliveries of the lane are cancelled, and that is durable. */
  readonly onCancelled: (lane: number) => void;
  /** Rows per slice. */
  readonly slice: number;
}

export function createCancelRemoved(deps: CancelRemovedDeps): CancelRemoved {
  const { ledger, epoch, now, slice, log } = deps;
  const lanes: number[] = [];
  let cancelled = 0;

  async function step(): Promise<0 | null> {
    const [lane] = lanes;
    if (lane === undefined) return null;
    const ended = await ledger.cancel(epoch(), lane, now(), slice);
    cancelled += ended;
    if (ended > 0) deps.onCancelled(lane);
    if (ended >= slice) return 0;
    if (cancelled > 0)
      log.info("subscription.cancelled", { lane, cancelled }, "Deliveries of a removed subscription are cancelled.");
    cancelled = 0;
    lanes.shift();
    return 0;
  }

  const message = "Deliveries of a removed subscription could not be cancelled; trying again.";
  const loop = createBackgroundLoop(step, message, deps);
  return {
    add(lane) {
      lanes.push(lane);
      loop.wake();
    },
    idle: loop.idle,
  };
}
