// What a subscription is called on the pages. Integrations of ButterflyMX have no name of their own, so whom they are for and
// where they go must tell them apart.

import { session } from "../api/session.ts";
import { names } from "../building/model.ts";
import { nameOf } from "../parts/subject.tsx";
import type { Subscription } from "../api/types.ts";
import { whereTo } from "../../../src/words/host.ts";

export function titleOf(subscription: Subscription): string {
  const { name, dialect, scope, endpoint } = subscription;
  if (name !== "" && !(dialect === "butterflymx" && name === "webhook")) return name;
  // To a tenant all are its own: its name would tell none apart.
  const isNamed = scope.id !== undefined && names.value.has(scope.id) && !isOwn(scope.id);
  return isNamed ? nameOf(scope.id) : whereTo(endpoint.url);
}

/** `for the tenant Ada Moss` */
export function scopeOf({ scope }: Subscription): string {
  if (scope.kind === "organization") return "for the organization";
  if (scope.id === undefined) return `for the ${scope.kind}`;
  return isOwn(scope.id) ? "for you" : `for the ${scope.kind} ${nameOf(scope.id)}`;
}

/** The one tenant that the key is for. */
const isOwn = (id: string): boolean => {
  const { role, targets = [] } = session.value ?? {};
  return role === "tenant" && targets.length === 1 && targets[0] === id;
};

export const dialects = { butlr: "Butlr", butterflymx: "ButterflyMX" } as const;
