// Disables a subscription whose receiver said that it is gone. What it is owed stays, as `held`.

import type { Clock } from "../../clock.ts";
import type { Subscription } from "../../model/subscription.ts";
import { changeOrganization } from "../../store/change-organization.ts";
import type { Registry } from "../../store/registry.ts";

/** Does nothing when the customer has changed the subscription since. */
export function createDisableSubscription(
  registry: Registry,
  clock: Clock,
): (subscription: Subscription, reason: string) => Promise<void> {
  return ({ organization, number, updatedAt }, reason) =>
    changeOrganization(registry, organization, ({ subscriptions }) => {
      const current = subscriptions.find((each) => each.number === number);
      if (current?.updatedAt !== updatedAt) return { audit: [], result: undefined };
      const at = clock.now();
      const detail = JSON.stringify({ reason });
      return {
        put: [{ ...current, state: "disabled", disabledReason: reason, updatedAt: at }],
        audit: [{ at, actor: "system", action: "subscription.disable", object: current.id, detail }],
        result: undefined,
      };
    });
}
