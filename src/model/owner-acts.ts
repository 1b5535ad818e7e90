// What an owner does to a subscription to hold it or let it go on. Pure; whoever may do it is auth/authorize.ts.

import type { Pause, Subscription } from "./subscription.ts";

export const ownerActs = ["pause", "resume", "enable", "disable"] as const;
export type OwnerAct = (typeof ownerActs)[number];

/** The subscription after the act; null: the act changes nothing. `resume` lifts a pause and a disabling, `enable` a
 * disabling alone. `reason` is what a disabled subscription says of itself. */
export function afterAct(subscription: Subscription, act: OwnerAct, pause: Pause, reason: string): Subscription | null {
  const { state, paused } = subscription;
  const enabled = { state: "active", disabledReason: null } as const;
  const next = (change: Partial<Subscription>): Subscription => ({ ...subscription, ...change, updatedAt: pause.at });
  switch (act) {
    case "pause":
      return paused ? null : next({ paused: pause });
    case "resume":
      return paused || state === "disabled" ? next({ ...enabled, paused: null }) : null;
    case "enable":
      return state === "disabled" ? next(enabled) : null;
    case "disable":
      return state === "active" ? next({ state: "disabled", disabledReason: reason }) : null;
  }
}
