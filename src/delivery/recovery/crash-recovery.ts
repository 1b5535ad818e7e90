// After a crash any attempt that was under way may be what ended the process, and may end this one, too. In normal running
// nothing is marked. After a crash the first deliveries from before it, of each class of a lane, are marked in the store
// before their attempt; their lane starts nothing beside them, and the outcome clears the mark. A second crash finds those
// marks: the next start tries these deliveries one by one, before the HTTP server listens, for about 3 s. One that two
// crashes found marked is quarantined by the store; its first crash left no mark, so that is normally its third.

import { type DeliveryClass, deliveryId } from "../../model/delivery.ts";
import type { Ledger } from "../../store/ledger.ts";
import type { DueDelivery } from "../../store/owed.ts";
import type { Ownership } from "../../store/ownership.ts";
import type { Epoch } from "../../store/shards.ts";
import type { BackgroundOptions } from "../background-loop.ts";
import { type Lane, startsAgainAt } from "../lane/lane.ts";
import { retryUntilDone } from "../retry-until-done.ts";

export interface CrashRecovery {
  /** What the owner before left behind. After a clean shutdown nothing is marked, and there is nothing to do. */
  begin(owned: Ownership): void;
  /** To be called once for each attempt. Null: it may begin. A promise: it may begin when that resolves to true, and must
   * not where it is false. Then its lane starts nothing beside it until `afterAttempt`; attempts that run already go on. */
  beforeAttempt(lane: Lane, delivery: DueDelivery): Promise<boolean> | null;
  /** `made`: a request was sent, whatever came of it. */
  afterAttempt(lane: Lane, delivery: number, made: boolean): void;
  /** Tries marked deliveries one by one, for as long as a start may take. The others are tried later, under the mark that
   * they carry. */
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
    /** `tryMarked` begins no attempt after this, ms. */
    readonly recoveryMostMs: number;
    /** How long each class of a lane goes on marking, ms. */
    readonly recoveryMarkMs: number;
  };
}

export interface SerialAttempts {
  running(): boolean;
  lane(number: number): Lane;
  /** Whether there is a slot for the lane. */
  hasSlot(lane: Lane): boolean;
  attempt(lane: Lane, delivery: DueDelivery): void;
}

/** The deliveries of one class of a lane that may have been under way at the crash. They stand at its head, among some that
 * were accepted in the same moment, and behind those that had ended with their outcome not written yet. A lane has no more
 * of these than it ends within some hundredths of a second: so a class marks twice the width of its lane, and goes on for a
 * while. A disk that stood still for longer may leave more of them: the culprit behind them is marked a crash later. */
interface Head {
  left: number;
  /** Monotonic ms. */
  readonly until: number;
}

export function createCrashRecovery(deps: CrashRecoveryDeps): CrashRecovery {
  const { ledger, epoch, clock, log, settings } = deps;
  const marked = new Set<number>();
  /** The last delivery that was there before the start; later ones were not under way at the crash. */
  let upTo = -1;
  let trying = false;
  const heads = new Map<Lane, Partial<Record<DeliveryClass, Head>>>();
  /** Marked attempts under way: resolved when they are over, or slow. */
  const underWay = new Map<number, PromiseWithResolvers<void>>();

  function mayHaveBeenUnderWay(lane: Lane, { number, class: deliveryClass }: DueDelivery): boolean {
    if (number > upTo) return false;
    let ofLane = heads.get(lane);
    if (ofLane === undefined) heads.set(lane, (ofLane = {}));
    const now = clock.monotonic();
    const head = (ofLane[deliveryClass] ??= { left: 2 * lane.cap, until: now + settings.recoveryMarkMs });
    return head.left-- > 0 || now < head.until;
  }

  async function mark(delivery: number): Promise<boolean> {
    // A delivery that was not tried since it was marked is marked still: a second mark would count as a second crash.
    const isMarked = marked.delete(delivery) || (await store(delivery));
    if (isMarked) watch(delivery);
    return isMarked;
  }

  /** False: it has ended meanwhile, or nobody wants it any more. */
  async function store(delivery: number): Promise<boolean> {
    let isOwed = false;
    const message = "A delivery could not be marked before its attempt; trying again.";
    await retryUntilDone(
      async () => (isOwed = (await ledger.markStarted(epoch(), [delivery])).length > 0),
      message,
      deps,
    );
    return isOwed;
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
    if (lane.barred || startsAgainAt(lane) > clock.monotonic()) return;
    // Slow attempts before it may be under way still.
    if (lane.inFlight > 0 || !lanes.hasSlot(lane)) return;
    if ((await ledger.markStarted(epoch(), [delivery.number])).length === 0) return;
    lanes.attempt(lane, delivery);
    await underWay.get(delivery.number)?.promise;
    // It has ended no process. Its outcome would clear the mark, too, but later: a crash under the next one would count for
    // this one as well. If it was not made, it is marked anew before its attempt.
    marked.delete(delivery.number);
    await ledger.clearMark(epoch(), [delivery.number]);
  }

  return {
    begin(owned) {
      if (!owned.afterCrash) return;
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
