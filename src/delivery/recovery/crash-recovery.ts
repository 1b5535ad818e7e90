// After a crash any attempt that was under way may be what ended the process, and may end this one as well. So each of them
// is marked in the store before it begins, one at a time in a lane, and the mark goes with its outcome. Deliveries that
// carry a mark at a start are tried one by one before anything else, so that the next crash can only be the doing of the one
// under way; the store quarantines a delivery at its third. What was accepted since the start needs none of this.

import { type DeliveryClass, deliveryId } from "../../model/delivery.ts";
import type { DueDelivery, Ledger, Ownership } from "../../store/ledger.ts";
import type { Epoch } from "../../store/shards.ts";
import type { BackgroundOptions } from "../background-loop.ts";
import { isBackingOff, type Lane } from "../lane/lane.ts";
import { retryUntilDone } from "../retry-until-done.ts";

export interface CrashRecovery {
  /** What the owner before left behind. After a clean shutdown there is nothing to do. */
  begin(owned: Ownership): void;
  /** To be called once for each attempt. Null: it may begin. A promise: when it resolves; to false: never. Its lane starts
   * nothing else until `afterAttempt`. */
  beforeAttempt(lane: Lane, delivery: DueDelivery): Promise<boolean> | null;
  /** `made`: a request was sent, whatever came of it. */
  afterAttempt(lane: Lane, delivery: number, made: boolean): void;
  /** Tries marked deliveries one by one, for as long as a start may take. The others are tried later, marked again. */
  tryMarked(deliveries: readonly DueDelivery[], lanes: SerialAttempts): Promise<void>;
  /** `tryMarked` is at work: nothing else may start. */
  isTrying(): boolean;
}

export interface CrashRecoveryDeps extends BackgroundOptions {
  readonly ledger: Pick<Ledger, "markStarted" | "clearMark">;
  readonly epoch: () => Epoch;
  readonly settings: {
    /** An attempt that takes longer, ms, ends no process. */
    readonly slowMs: number;
    /** All of `tryMarked`, ms. */
    readonly recoveryMostMs: number;
  };
}

export interface SerialAttempts {
  running(): boolean;
  lane(number: number): Lane;
  /** Whether there is a slot for the lane. */
  hasSlot(lane: Lane): boolean;
  attempt(lane: Lane, delivery: DueDelivery): void;
}

/** Attempts that a lane may have had under way, by class. They were at the head of their queue, and still are but for those
 * that were accepted in the same moment. */
type Unmarked = Record<DeliveryClass, number>;

export function createCrashRecovery(deps: CrashRecoveryDeps): CrashRecovery {
  const { ledger, epoch, clock, log, settings } = deps;
  const marked = new Set<number>();
  /** The last delivery that was there before the start; later ones were not under way at the crash. */
  let upTo = -1;
  let trying = false;
  const unmarked = new Map<Lane, Unmarked>();
  /** Marked attempts under way: resolved when they are over, or slow. */
  const underWay = new Map<number, PromiseWithResolvers<void>>();

  function mayHaveBeenUnderWay(lane: Lane, { number, class: deliveryClass }: DueDelivery): boolean {
    if (number > upTo) return false;
    let left = unmarked.get(lane);
    const most = 2 * lane.cap;
    if (left === undefined) unmarked.set(lane, (left = { live: most, retry: most, replay: most }));
    return left[deliveryClass]-- > 0;
  }

  async function mark(delivery: number): Promise<boolean> {
    // A delivery that was not tried since it was marked is marked still: a second mark would count as a second crash.
    const message = "A delivery could not be marked before its attempt; trying again.";
    const isMarked =
      marked.delete(delivery) || (await retryUntilDone(() => ledger.markStarted(epoch(), [delivery]), message, deps));
    if (isMarked) watch(delivery);
    return isMarked;
  }

  function watch(delivery: number): void {
    const attempt = Promise.withResolvers<void>();
    underWay.set(delivery, attempt);
    const cancel = clock.after(settings.slowMs, () => {
      attempt.resolve();
      underWay.delete(delivery);
      const message = "The mark of a slow attempt could not be cleared; trying again.";
      void retryUntilDone(() => ledger.clearMark(epoch(), [delivery]), message, deps);
    });
    void attempt.promise.then(cancel);
  }

  async function tryOne(lanes: SerialAttempts, delivery: DueDelivery): Promise<void> {
    const lane = lanes.lane(delivery.lane);
    if (lane.barred || isBackingOff(lane, clock.monotonic())) return;
    // Slow attempts before it may be under way still.
    if (lane.inFlight > 0 || !lanes.hasSlot(lane)) return;
    await ledger.markStarted(epoch(), [delivery.number]);
    lanes.attempt(lane, delivery);
    await underWay.get(delivery.number)?.promise;
  }

  return {
    begin(owned) {
      if (!owned.afterCrash && owned.marked.length === 0) return;
      for (const { number } of owned.marked) marked.add(number);
      upTo = owned.upTo;
      log.warn(
        "recovery.started",
        { marked: marked.size },
        "Belfry crashed: what was under way then is tried again, marked one by one.",
      );
      if (owned.quarantined.length === 0) return;
      const deliveries = owned.quarantined.map(deliveryId);
      log.error(
        "delivery.quarantined",
        { deliveries },
        "Belfry crashed three times under these deliveries: they are held until they are resent.",
      );
    },
    beforeAttempt(lane, delivery) {
      if (upTo < 0) return null;
      if (!marked.has(delivery.number) && !mayHaveBeenUnderWay(lane, delivery)) return null;
      lane.serialDelivery = delivery.number;
      return mark(delivery.number);
    },
    afterAttempt(lane, delivery, made) {
      const attempt = underWay.get(delivery);
      if (!made && attempt !== undefined) marked.add(delivery);
      if (lane.serialDelivery === delivery) lane.serialDelivery = null;
      attempt?.resolve();
      underWay.delete(delivery);
    },
    async tryMarked(deliveries, lanes) {
      const end = clock.monotonic() + settings.recoveryMostMs;
      trying = true;
      try {
        for (const delivery of deliveries) {
          if (!lanes.running() || clock.monotonic() >= end) break;
          await tryOne(lanes, delivery);
        }
      } catch (error) {
        log.error(
          "recovery.failed",
          { err: error },
          "What may have ended the process before could not be tried alone.",
        );
      }
      trying = false;
    },
    isTrying: () => trying,
  };
}
