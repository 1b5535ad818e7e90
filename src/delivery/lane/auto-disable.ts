// When a subscription has been failing for too long: after each failed attempt, whether a notice is due or it is to be
// disabled. The rule is failing.ts; this joins it with the subscription and tells whoever listens. Disables nothing itself.

import type { EngineEvents } from "../../model/engine-events.ts";
import { type AutoDisableRule, nextStep } from "./failing.ts";
import type { Lane } from "./lane.ts";

/** `at`: engine time, epoch ms. Returns the reason, in words, for which the subscription is to be disabled; null: it is not. */
export function afterFailedAttempt(
  lane: Lane,
  at: number,
  rule: AutoDisableRule,
  events: Pick<EngineEvents, "failingLong">,
): string | null {
  const { failing, subscription, lastFailure } = lane;
  if (failing === null || subscription === null || lane.barred) return null;
  const autoDisableMs = subscription.lane.autoDisableMs ?? rule.autoDisableMs;
  const percent = nextStep(failing, at, { ...rule, autoDisableMs });
  if (percent === null) return null;
  const { since, attempts } = failing;
  if (percent === 100) {
    const last = lastFailure === null ? "" : `, the last with ${lastFailure.status ?? lastFailure.code}`;
    return (
      `No delivery has succeeded since ${new Date(since).toISOString()}: ${attempts} attempts failed${last}. ` +
      "What it is owed is held. Enable it when the receiver works."
    );
  }
  lane.failing = { ...failing, told: percent };
  events.failingLong?.(subscription, { percent, since, attempts, disabledAt: since + autoDisableMs });
  return null;
}
