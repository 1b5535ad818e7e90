// Disables a subscription whose receiver said that it is gone. What it is owed stays, as `held`.

import type { Clock } from "../clock.ts";
import type { Subscription } from "../model/subscription.ts";
import type { Registry } from "../store/registry.ts";

/** Does nothing when the owner has changed the subscription since, or others keep changing it: the next 410 asks again. */
export function createDisable(
  registry: Registry,
  clock: Clock,
): (subscription: Subscription, reason: string) => Promise<void> {
  return async (subscription, reason) => {
    for (let attempt = 0; attempt < 8; attempt++) {
      const snapshot = await registry.snapshot(subscription.organization);
      const current = snapshot?.subscriptions.find(({ number }) => number === subscription.number);
      if (snapshot == null || current === undefined || current.updatedAt !== subscription.updatedAt) return;
      const at = clock.now();
      const disabled: Subscription = { ...current, state: "disabled", disabledReason: reason, updatedAt: at };
      const detail = JSON.stringify({ reason });
      const result = await registry.change({
        organization: subscription.organization,
        revision: snapshot.organization.revision,
        put: [disabled],
        audit: [{ at, actor: "system", action: "subscription.disable", object: current.id, detail }],
      });
      if (result.status === "done") return;
    }
  };
}
