// The care that follows an unclean stop, when any of the attempts that were under way may have been what ended the
// process. They are noted in the store before they begin, one at a time in a lane. Those that were noted when a process
// ended are suspects: the next start tries each of them apart, before anything else goes on, so that an end then convicts
// that one and no other. What was accepted since the start needs no care.

import type { DeliveryClass } from "../../model/delivery.ts";
import type { DueDelivery, Ledger } from "../../store/ledger.ts";
import type { Epoch } from "../../store/shards.ts";
import type { Lane } from "../lane/lane.ts";
import { retryUntilDone, type RetryOptions } from "../retry-until-done.ts";

export interface CrashRecovery {
  /** Whether this attempt must be made with care. To be asked once for each. */
  mustMark(lane: Lane, delivery: DueDelivery): boolean;
  /** Resolves when the attempt may begin; false: never. Its lane starts nothing else until it is over. */
  markStarted(lane: Lane, delivery: number): Promise<boolean>;
  /** Resolves when an admitted attempt is over, or has run for so long that it ends nothing. */
  finishedOrSlow(delivery: number): Promise<void>;
  /** The attempt, made with care or not, is over. */
  finished(lane: Lane, delivery: number): void;
  /** The attempt was not made after all. */
  notStarted(lane: Lane, delivery: number): void;
}

export interface CrashRecoveryDeps extends RetryOptions {
  readonly ledger: Pick<Ledger, "markStarted" | "clearMark">;
  readonly epoch: () => Epoch;
  /** What ends a process does so within this time, ms: an attempt that takes longer is no suspect any more. */
  readonly slowMs: number;
  /** Deliveries that were noted when the process before this one ended. */
  readonly marked: readonly number[];
  /** The last delivery that was there before the start. */
  readonly upTo: number;
  readonly onFailed: (error: unknown) => void;
}

/** Attempts that a lane may have had under way, by class. They were at the head of their queue, and still are but for those
 * that were accepted in the same moment. */
type Unmarked = Record<DeliveryClass, number>;

export function createCrashRecovery(deps: CrashRecoveryDeps): CrashRecovery {
  const { ledger, epoch, clock } = deps;
  const marked = new Set(deps.marked);
  const unmarked = new Map<Lane, Unmarked>();
  const watching = new Map<number, PromiseWithResolvers<void>>();

  const unmarkedOf = (lane: Lane): Unmarked => {
    let found = unmarked.get(lane);
    if (found !== undefined) return found;
    const most = 2 * lane.cap;
    unmarked.set(lane, (found = { live: most, retry: most, replay: most }));
    return found;
  };

  function watch(delivery: number): void {
    const watch = Promise.withResolvers<void>();
    watching.set(delivery, watch);
    const cancel = clock.after(deps.slowMs, () => {
      watch.resolve();
      watching.delete(delivery);
      const complaint = "An attempt that ended nothing could not be acquitted; trying again.";
      void retryUntilDone(() => ledger.clearMark(epoch(), [delivery]), complaint, deps).catch(deps.onFailed);
    });
    void watch.promise.then(cancel);
  }

  function finished(lane: Lane, delivery: number): void {
    if (lane.serialDelivery === delivery) lane.serialDelivery = null;
    watching.get(delivery)?.resolve();
    watching.delete(delivery);
  }

  return {
    mustMark(lane, { number, class: deliveryClass }) {
      if (marked.has(number)) return true;
      if (number > deps.upTo) return false;
      return unmarkedOf(lane)[deliveryClass]-- > 0;
    },
    async markStarted(lane, delivery) {
      lane.serialDelivery = delivery;
      // One for which there was no time apart, or that was not made, is noted still, and a second note would convict it
      // without need.
      const complaint = "An attempt could not be noted before it begins; trying again.";
      const noted =
        marked.delete(delivery) ||
        (await retryUntilDone(() => ledger.markStarted(epoch(), [delivery]), complaint, deps)).done;
      if (noted) watch(delivery);
      return noted;
    },
    finishedOrSlow: (delivery) => watching.get(delivery)?.promise ?? Promise.resolve(),
    finished,
    notStarted(lane, delivery) {
      // Its note stands.
      if (watching.has(delivery)) marked.add(delivery);
      finished(lane, delivery);
    },
  };
}
