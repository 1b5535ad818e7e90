// What happens in delivery, as lines of the log: a listener of engine events. One line when a lane backs off and one when it
// takes deliveries again; one per attempt at `debug` only. Ids and codes, never a URL, a payload or an answer.

import type { Log } from "../log.ts";
import type { Outcome } from "../model/attempt.ts";
import { deliveryId, type DeliveryState } from "../model/delivery.ts";
import type { EngineAttempt, EngineEvents } from "../model/engine-events.ts";
import type { LaneStatus } from "../model/lane.ts";

export function reportDelivery(log: Log): EngineEvents {
  return {
    attemptFinished(attempt, outcome, state) {
      if (log.debugging) log.debug("attempt.finished", attemptFacts(attempt, outcome, state), "An attempt has ended.");
      if (state !== "exhausted") return;
      log.warn(
        "delivery.exhausted",
        attemptFacts(attempt, outcome, state),
        "The last attempt failed: it will not arrive.",
      );
    },
    steppedAside({ subscription, delivery: { number, event } }) {
      const facts = { delivery: deliveryId(number), subscription: subscription.id, event_id: event.id };
      const { organization } = subscription;
      log.warn(
        "order.stepped_aside",
        { ...facts, organization, type: event.type },
        "The last attempt failed: later deliveries about its subject go on without it.",
      );
    },
    laneChanged({ id, organization, number }, status, disabledBecause) {
      const lane = { subscription: id, organization, lane: number };
      if (status.state === "disabled") {
        const facts = { ...lane, reason: disabledBecause };
        return log.warn("subscription.disabled", facts, "Belfry disables this subscription and holds its deliveries.");
      }
      if (status.state !== "backing_off") return log.info("lane.open", lane, "The receiver takes deliveries again.");
      const facts = { ...lane, ...reasonOf(status) };
      log.info("lane.backing_off", facts, "The receiver fails or asked Belfry to wait: its lane backs off.");
    },
    failingLong({ id, organization, number }, { percent, since, attempts, disabledAt }) {
      const facts = {
        subscription: id,
        organization,
        lane: number,
        percent,
        since: iso(since),
        failed_attempts: attempts,
        disabled_at: iso(disabledAt),
      };
      log.warn("subscription.failing_long", facts, "Nothing succeeds: Belfry will disable this subscription.");
    },
    heldExpiring({ id, organization, number }, { deliveries, expiresAt }) {
      const facts = { subscription: id, organization, lane: number, deliveries, expires_at: iso(expiresAt) };
      const sentence = "What is held for this subscription reaches the end of its retention: resume or enable it.";
      log.warn("subscription.held_expiring", facts, sentence);
    },
  };
}

function attemptFacts(attempt: EngineAttempt, { code, status, durationMs }: Outcome, state: DeliveryState) {
  const { subscription, delivery } = attempt;
  return {
    delivery: deliveryId(delivery.number),
    subscription: subscription.id,
    organization: subscription.organization,
    event_id: delivery.event.id,
    attempt: delivery.attempts + 1,
    code,
    status,
    duration_ms: Math.round(durationMs),
    state,
  };
}

function reasonOf({ until, failures, lastFailure }: LaneStatus) {
  return {
    until: until === null ? null : iso(until),
    consecutive_failures: failures,
    code: lastFailure?.code ?? null,
    status: lastFailure?.status ?? null,
  };
}

const iso = (at: number): string => new Date(at).toISOString();
