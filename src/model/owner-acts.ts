// What an owner does to a subscription to hold it or let it go on. Pure; whoever may do it is auth/authorize.ts.

import { type Pause, stateOf, type Subscription } from "./subscription.ts";

export const ownerActs = ["pause", "resume", "enable", "disable"] as const;
export type OwnerAct = (typeof ownerActs)[number];

/** The subscription after the act; null: the act changes nothing. `resume` lifts a pause and a disabling, `enable` a
 * disabling alone. `reason` is what a disabled subscription says of itself. */
export function afterAct(subscription: Subscription, act: OwnerAct, pause: Pause, reason: string): Subscription | null {
  const isDisabled = subscription.state === "disabled";
  const isPaused = Boolean(subscription.paused);
  const enabled = { state: "active", disabledReason: null } as const;
  const changes: Readonly<Record<OwnerAct, Partial<Subscription> | null>> = {
    pause: isPaused ? null : { paused: pause },
    resume: isPaused || isDisabled ? { ...enabled, paused: null } : null,
    enable: isDisabled ? enabled : null,
    disable: isDisabled ? null : { state: "disabled", disabledReason: reason },
  };
  const change = changes[act];
  return change === null ? null : { ...subscription, ...change, updatedAt: pause.at };
}

/** Why an act that sends is refused, and which act helps; null: it is not. */
export function whyNothingIsSent(subscription: Pick<Subscription, "state" | "paused">): string | null {
  const state = stateOf(subscription);
  if (state === "active") return null;
  if (state === "disabled")
    return "The subscription is disabled: enable it, and what is due goes out at once; retry sends what waits for a later try, too.";
  const both = subscription.state === "disabled" ? " and disabled" : "";
  return `The subscription is paused${both}: resume it, and what is due goes out at once; retry sends what waits for a later try, too.`;
}
