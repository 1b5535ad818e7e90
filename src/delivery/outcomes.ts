// From the outcome of an attempt to what follows: its delivery has ended or is due again, its lane learns of the receiver, and
// listeners hear of it. A subscription whose receiver is gone, or has failed for too long, is disabled. Writes nothing itself: a
// crash before the settler has written the outcome makes the attempt again.

import type { Clock, Random } from "../clock.ts";
import type { Outcome } from "../model/attempt.ts";
import type { EngineEvents } from "../model/engine-events.ts";
import type { LaneStatus } from "../model/lane.ts";
import { withoutNumbers } from "../model/number-ranges.ts";
import type { DueDelivery, Settlement } from "../store/owed.ts";
import {
  asksForGentlerPace,
  consequence,
  type Consequence,
  isTimeout,
  type RetryRule,
} from "./attempt/retry-policy.ts";
import type { Attempt } from "./attempts.ts";
import { afterFailedAttempt } from "./lane/auto-disable.ts";
import type { Buffers } from "./lane/buffers.ts";
import { hasChanged } from "./lane/change.ts";
import { afterFailure } from "./lane/failing.ts";
import type { LaneHealthStore } from "./lane/health.ts";
import { backsOffUntil, type Lane, onResult } from "./lane/lane.ts";
import type { LocalShortage } from "./lane/local-shortage.ts";
import type { Slot } from "./lane/scheduler.ts";
import type { DeliverySettings } from "./settings.ts";
import type { Settler } from "./settle/settler.ts";

export interface OutcomesDeps {
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  /** Engine time, epoch ms. */
  readonly now: () => number;
  readonly settings: DeliverySettings;
  readonly events: EngineEvents;
  readonly settler: Pick<Settler, "settle">;
  readonly shortage: Pick<LocalShortage, "note">;
  readonly health: Pick<LaneHealthStore, "persist">;
  readonly buffers: Pick<Buffers, "unload">;
  /** Says whether that bars the lane. */
  readonly disableLane: (lane: Lane, reason: string) => boolean;
  readonly statusOf: (lane: Lane) => LaneStatus;
  readonly touch: (lane: Lane) => void;
  /** Gives the slot back. `made`: a request was sent. */
  readonly endAttempt: (slot: Slot, delivery: DueDelivery, made: boolean) => void;
  /** No request was sent: gives the slot back, and the delivery waits as before. */
  readonly onNotMade: (slot: Slot, delivery: DueDelivery) => void;
}

const goneReason = "The receiver answered 410 Gone.";

/** Returns a function for each attempt that has ended. */
export function createOutcomes(deps: OutcomesDeps): (attempt: Attempt, outcome: Outcome) => void {
  const { clock, random, now, settings, events, settler, health, disableLane } = deps;
  const usualRule: RetryRule = { ...settings, delays: settings.retryDelays };

  function follow(attempt: Attempt, outcome: Outcome): void {
    const { lane, slot, delivery, subscription } = attempt;
    const { retryDelays } = subscription.lane;
    const rule = retryDelays === null ? usualRule : { ...usualRule, delays: retryDelays };
    // What an endpoint does that was replaced meanwhile says nothing about the one that stands now.
    const isCurrent = slot.endpointChanges === lane.endpointChanges;
    const { next, disable, pauseMs } = consequence(outcome, delivery.attempts + 1, rule, random.fraction(), isCurrent);
    if ("againMs" in next) {
      deps.shortage.note(lane, outcome, next.againMs);
      return deps.onNotMade(slot, delivery);
    }
    deps.endAttempt(slot, delivery, true);
    const monotonic = clock.monotonic();
    const success = "state" in next && next.state === "delivered";
    if (success && attempt.skipped.length > 0) lane.skipped = withoutNumbers(lane.skipped, attempt.skipped);
    if (isCurrent) learn(attempt, outcome, success, pauseMs, monotonic);
    settle(attempt, outcome, next);
    if (hasChanged(lane, success, monotonic)) tellChange(lane, null);
    const reason = disable
      ? goneReason
      : isCurrent && !success
        ? afterFailedAttempt(lane, now(), settings, events)
        : null;
    health.persist(lane);
    const isDisabled = reason !== null && disableLane(lane, reason);
    if (isDisabled) tellChange(lane, reason);
    if (isDisabled || backsOffUntil(lane) - monotonic >= settings.unloadMs) deps.buffers.unload(lane);
    deps.touch(lane);
  }

  function learn(
    { lane, slot, probe }: Attempt,
    outcome: Outcome,
    success: boolean,
    pauseMs: number,
    monotonic: number,
  ): void {
    if (success) lane.failing = null;
    else {
      lane.lastFailure = { code: outcome.code, status: outcome.status, at: now() };
      // A fault of Belfry's own says nothing of the receiver.
      if (outcome.code !== "interrupted") lane.failing = afterFailure(lane.failing, now());
    }
    const { startedAt } = slot;
    const quick = monotonic - startedAt <= settings.slowMs;
    const gentler = asksForGentlerPace(outcome);
    const result = { success, timeout: isTimeout(outcome), quick, probe, pauseMs, gentler, startedAt };
    onResult(lane, result, monotonic, settings, random.fraction());
  }

  function settle(attempt: Attempt, outcome: Outcome, next: Exclude<Consequence["next"], { againMs: number }>): void {
    const { lane, delivery, startedAt } = attempt;
    const settlement: Settlement = {
      delivery: delivery.number,
      lane: lane.number,
      attempt: delivery.attempts + 1,
      startedAt,
      outcome,
      next: "state" in next ? next : { due: now() + next.delayMs, ...(lane.inOrder && { inOrder: true }) },
    };
    settler.settle({ lane, delivery, settlement });
    events.attemptFinished?.(attempt, outcome, "state" in next ? next.state : "pending");
    if (lane.inOrder && "state" in next && next.state === "exhausted") events.steppedAside?.(attempt);
  }

  function tellChange(lane: Lane, disabledBecause: string | null): void {
    if (lane.subscription !== null) events.laneChanged?.(lane.subscription, deps.statusOf(lane), disabledBecause);
  }

  return follow;
}
