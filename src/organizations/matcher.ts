// Who subscribes? An organization's subscriptions compiled by event type and scope, so that the cost of an event grows
// with its matches and not with the number of subscriptions [design §4.16].

import type { Event } from "../model/event.ts";
import { type Binding, bindingFor, type Subscription } from "../model/subscription.ts";

export interface Match {
  readonly subscription: Subscription;
  readonly binding: Binding;
}

export interface Matcher {
  /** Every subscription that takes the event, each once, under the first binding that fits. */
  match(event: Pick<Event, "dialect" | "type" | "scopes" | "value">): readonly Match[];
  /** Whether anybody takes events of this type, from whatever scope. */
  wants(dialect: string, type: string): boolean;
}

interface ByScope {
  readonly organization: Subscription[];
  readonly building: Map<string, Subscription[]>;
  readonly tenant: Map<string, Subscription[]>;
}

export function compileMatcher(subscriptions: readonly Subscription[]): Matcher {
  const byDialect = new Map<string, Map<string, ByScope>>();
  for (const subscription of subscriptions) {
    for (const type of new Set(subscription.bindings.map((binding) => binding.type))) {
      const byType = entry(byDialect, subscription.dialect, () => new Map<string, ByScope>());
      file(entry(byType, type, emptyScopes), subscription);
    }
  }
  return {
    wants: (dialect, type) => byDialect.get(dialect)?.has(type) ?? false,
    match(event) {
      const scopes = byDialect.get(event.dialect)?.get(event.type);
      if (scopes === undefined) return [];
      const found: Match[] = [];
      collect(found, scopes.organization, event);
      if (event.scopes.building !== undefined) collect(found, scopes.building.get(event.scopes.building), event);
      if (scopes.tenant.size > 0) {
        for (const tenant of new Set(event.scopes.tenants)) collect(found, scopes.tenant.get(tenant), event);
      }
      return found;
    },
  };
}

const emptyScopes = (): ByScope => ({ organization: [], building: new Map(), tenant: new Map() });

function file(scopes: ByScope, subscription: Subscription): void {
  const { scope } = subscription;
  if (scope.kind === "organization") scopes.organization.push(subscription);
  else entry(scopes[scope.kind], scope.id, () => []).push(subscription);
}

function collect(
  found: Match[],
  candidates: readonly Subscription[] | undefined,
  event: Parameters<Matcher["match"]>[0],
): void {
  if (candidates === undefined) return;
  for (const subscription of candidates) {
    const binding = bindingFor(subscription, event);
    if (binding !== null) found.push({ subscription, binding });
  }
}

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
