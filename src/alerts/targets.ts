// The subscriptions of alerts that there are, kept up with changes, so that "does anybody have alerts" costs one comparison.

import { isAlertTarget } from "../model/alert.ts";
import { installation } from "../model/organization.ts";
import type { Subscription } from "../model/subscription.ts";
import { type Audiences, audiencesOf } from "./audiences.ts";

export interface Targets {
  isAny(): boolean;
  /** Whether an operator has alerts of everything. */
  isOperators(): boolean;
  audiences(): Audiences;
  all(): Iterable<Subscription>;
  /** All subscriptions of the organization, as they are now. */
  changed(organization: string, subscriptions: readonly Subscription[]): void;
}

export function createTargets(): Targets {
  const byOrganization = new Map<string, readonly Subscription[]>();
  let audiences: Audiences | null = null;
  const all = () => [...byOrganization.values()].flat();
  return {
    isAny: () => byOrganization.size > 0,
    isOperators: () => byOrganization.has(installation),
    audiences: () => (audiences ??= audiencesOf(all())),
    all,
    changed(organization, subscriptions) {
      const own = subscriptions.filter(isAlertTarget);
      audiences = null;
      if (own.length > 0) byOrganization.set(organization, own);
      else byOrganization.delete(organization);
    },
  };
}
