// Who hears of what: the subscriptions of alerts, grouped by what they may hear of, so that each group gets alerts that name nothing
// beyond it. Pure.

import { type AlertKind, takes } from "../model/alert.ts";
import { installation } from "../model/organization.ts";
import { stateOf, type Subscription, type SubscriptionScope } from "../model/subscription.ts";
import type { AlertItem } from "./item.ts";

export interface Audience {
  readonly key: string;
  /** In which organization its alerts are events. */
  readonly home: string;
  readonly scope: SubscriptionScope;
  readonly targets: readonly Subscription[];
}

/** One that is paused or disabled hears of nothing: what is told meanwhile would be old when it is enabled. */
export function audiencesOf(targets: Iterable<Subscription>): readonly Audience[] {
  const found = new Map<string, Audience & { readonly targets: Subscription[] }>();
  for (const target of targets) {
    if (stateOf(target) !== "active") continue;
    const { organization: home, scope } = target;
    const key = [home, scope.kind, scope.kind === "organization" ? "" : scope.id].join("\n");
    const audience = found.get(key);
    if (audience === undefined) found.set(key, { key, home, scope, targets: [target] });
    else audience.targets.push(target);
  }
  return [...found.values()];
}

export const takers = ({ targets }: Audience, kind: AlertKind): readonly Subscription[] =>
  targets.filter((target) => takes(target, kind));

export function hears({ home, scope }: Audience, { organization, building, tenant }: AlertItem): boolean {
  if (home === installation) return true;
  if (organization?.id !== home) return false;
  if (scope.kind === "organization") return true;
  return scope.id === (scope.kind === "building" ? building : tenant);
}
