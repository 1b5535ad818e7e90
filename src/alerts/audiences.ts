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

/** By what they may hear of. There may be a tenant of each flat among them, so none is asked of what another hears. */
export interface Audiences {
  get(key: string): Audience | undefined;
  /** Those that may hear of it. */
  of(item: Pick<AlertItem, "organization" | "building" | "tenant">): readonly Audience[];
}

/** One that is paused or disabled hears of nothing: what is told meanwhile would be old when it is enabled. */
export function audiencesOf(targets: Iterable<Subscription>): Audiences {
  const found = new Map<string, Audience & { readonly targets: Subscription[] }>();
  for (const target of targets) {
    if (stateOf(target) !== "active") continue;
    const { organization: home, scope } = target;
    const key = keyOf(home, scope.kind, scope.kind === "organization" ? "" : scope.id);
    const audience = found.get(key);
    if (audience === undefined) found.set(key, { key, home, scope, targets: [target] });
    else audience.targets.push(target);
  }
  return {
    get: (key) => found.get(key),
    of({ organization, building, tenant }) {
      const keys = [keyOf(installation, "organization", "")];
      if (organization !== null) keys.push(keyOf(organization.id, "organization", ""));
      if (organization !== null && building !== null) keys.push(keyOf(organization.id, "building", building));
      if (organization !== null && tenant !== null) keys.push(keyOf(organization.id, "tenant", tenant));
      return keys.flatMap((key) => found.get(key) ?? []);
    },
  };
}

const keyOf = (home: string, kind: SubscriptionScope["kind"], id: string): string => [home, kind, id].join("\n");

export const takers = ({ targets }: Audience, kind: AlertKind): readonly Subscription[] =>
  targets.filter((target) => takes(target, kind));
