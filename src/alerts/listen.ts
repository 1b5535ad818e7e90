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
  const { kind, subject, facts } = watchedMatter(organization, change);
  if (kind !== null) matters.open(kind, subject, facts);
  else matters.close(change.type === "HIVE_HEALTH" ? "hive.offline" : "sensor.offline", subject);
}

/** `kind` null: it is well. Its only fact says since when it is not. */
export function watchedMatter(
  organization: string,
  change: HealthFact,
): {
  readonly kind: "sensor.offline" | "sensor.stuck" | "hive.offline" | null;
  readonly subject: Subject;
  readonly facts: Facts;
} {
  const { online, lastHeartbeat } = change.health;
  const isHive = change.type === "HIVE_HEALTH";
  const type = isHive ? "hive" : "sensor";
  const subject: Subject = { type, organization, id: isHive ? change.hive : change.sensor, number: 0 };
  if (!online && lastHeartbeat !== null) {
    return { kind: `${type}.offline`, subject, facts: { last_heard: iso(lastHeartbeat) } };
  }
  const stuckSince = isHive ? null : change.health.stuckSince;
  if (stuckSince === null) return { kind: null, subject, facts: {} };
  return { kind: "sensor.stuck", subject, facts: { stuck_since: iso(stuckSince) } };
}

const iso = (at: number): string => new Date(at).toISOString();
