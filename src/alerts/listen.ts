// From what happens in the engine to open matters: a listener of engine events. Where nobody has alerts it looks at nothing. What
// happens to the lanes of alerts themselves is logged like everything else, and is no matter: it would tell of itself for ever.

import { isAlertTarget } from "../model/alert.ts";
import type { EngineEvents } from "../model/engine-events.ts";
import type { HealthFact } from "../model/fact.ts";
import type { LaneStatus } from "../model/lane.ts";
import type { Subscription } from "../model/subscription.ts";
import type { Facts, Subject } from "./matters.ts";
import type { OpenMatters } from "./open-matters.ts";

export function listenForAlerts(matters: OpenMatters, isWanted: () => boolean): EngineEvents {
  return {
    attemptFinished({ subscription }, { code, status }, state) {
      if (state !== "exhausted" || !isWanted() || isAlertTarget(subscription)) return;
      matters.note("delivery.exhausted", subjectOf(subscription), { code, status });
    },
    laneChanged(subscription, status, disabledBecause) {
      if (isWanted() && !isAlertTarget(subscription)) laneChanged(matters, subscription, status, disabledBecause);
    },
    failingLong(subscription, { percent, since, attempts, disabledAt }) {
      if (!isWanted() || isAlertTarget(subscription)) return;
      const facts = { percent, failing_since: iso(since), failed_attempts: attempts, disabled_at: iso(disabledAt) };
      matters.note("subscription.failing_long", subjectOf(subscription), facts);
    },
    heldExpiring(subscription, { deliveries, expiresAt }) {
      if (!isWanted() || isAlertTarget(subscription)) return;
      matters.note("delivery.expiring", subjectOf(subscription), { deliveries, expires_at: iso(expiresAt) });
    },
    sensorChanged(organization, change) {
      if (isWanted()) watchedChanged(matters, organization, change);
    },
  };
}

export const subjectOf = ({ organization, id, number }: Subscription): Subject => ({
  type: "subscription",
  organization,
  id,
  number,
});

function laneChanged(
  matters: OpenMatters,
  subscription: Subscription,
  status: LaneStatus,
  disabledBecause: string | null,
): void {
  const subject = subjectOf(subscription);
  if (status.state === "disabled") return matters.open("subscription.disabled", subject, { reason: disabledBecause });
  if (fails(status)) return matters.open("subscription.failing", subject, failureFacts(status));
  matters.close("subscription.failing", subject);
}

export const fails = ({ state }: LaneStatus): boolean => state === "backing_off" || state === "probing";

export const failureFacts = ({ lastFailure }: LaneStatus): Facts => ({
  code: lastFailure?.code ?? null,
  status: lastFailure?.status ?? null,
});

/** A sensor that was never heard is not offline: it was never there. */
export function watchedChanged(matters: OpenMatters, organization: string, change: HealthFact): void {
  const { online, lastHeartbeat } = change.health;
  const offline = !online && lastHeartbeat !== null ? { last_heard: iso(lastHeartbeat) } : null;
  if (change.type === "HIVE_HEALTH") {
    const subject: Subject = { type: "hive", organization, id: change.hive, number: 0 };
    if (offline === null) matters.close("hive.offline", subject);
    else matters.open("hive.offline", subject, offline);
    return;
  }
  const { stuckSince } = change.health;
  const subject: Subject = { type: "sensor", organization, id: change.sensor, number: 0 };
  if (offline !== null) matters.open("sensor.offline", subject, offline);
  else if (stuckSince !== null) matters.open("sensor.stuck", subject, { stuck_since: iso(stuckSince) });
  else matters.close("sensor.offline", subject);
}

const iso = (at: number): string => new Date(at).toISOString();
