// What a subscription is called on the pages. Integrations of ButterflyMX have no name of their own, so whom they are for and
// where they go must tell them apart.

import { nameOf } from "../parts/subject.tsx";
import type { Subscription } from "../api/types.ts";
import { hostOf } from "../../../src/words/host.ts";

export function titleOf(subscription: Subscription): string {
  const { name, dialect, scope, endpoint } = subscription;
  if (name !== "" && !(dialect === "butterflymx" && name === "webhook")) return name;
  return scope.id === undefined ? hostOf(endpoint.url) : nameOf(scope.id);
}

/** `for the tenant Ada Moss` */
export function scopeOf({ scope }: Subscription): string {
  if (scope.kind === "organization") return "for the organization";
  return `for the ${scope.kind} ${scope.id === undefined ? "" : nameOf(scope.id)}`;
}

export const dialects = { butlr: "Butlr", butterflymx: "ButterflyMX" } as const;
