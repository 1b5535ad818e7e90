// Integrations by the rules of ButterflyMX's API, for whoever makes and changes them elsewhere: of a building or a tenant, each
// type of all doors and panels or of one. Pure.

import type { Problem } from "../../errors.ts";
import { withOptions } from "../../model/delivery-options.ts";
import type { Subscription, SubscriptionScope } from "../../model/subscription.ts";
import type { Around, Subscribing, Wanted, WantedType } from "../subscribing.ts";
import { type BoundResource, toBindings, toDocument } from "./integration.ts";
import { type IntegrationsDeps, lookupResources, tooMany } from "./integrations.ts";
import { pairNames } from "./types.ts";

export const createSubscribing = (most: NonNullable<IntegrationsDeps["mostIntegrations"]>): Subscribing => ({
  scopes: ["building", "tenant"],
  hasCredentials: false,
  id: String,
  take,
  full(scope, others) {
    if (scope.kind === "organization") return null;
    const own = others.filter((each) => each.dialect === "butterflymx" && isSame(each.scope, scope));
    return own.length < most[scope.kind] ? null : { ...tooMany(scope.kind, most[scope.kind]), path: "scope" };
  },
});

const isSame = (a: SubscriptionScope, b: SubscriptionScope): boolean =>
  a.kind !== "organization" && b.kind === a.kind && b.id === a.id;

function take(before: Subscription, wanted: Wanted, { model }: Around): Subscription | readonly Problem[] {
  const { types, filters, sendOnValueChange } = wanted;
  const { scope } = before;
  const problems: Problem[] = [];
  const fault = (path: string, message: string) => problems.push({ path, code: "INVALID", message });
  if (filters !== undefined && filters !== null) {
    fault(
      "filters",
      "are for webhooks of Butlr alone. An integration takes what happens in its building or concerns its tenant.",
    );
  }
  if (sendOnValueChange === true) fault("send_on_value_change", "is for webhooks of Butlr alone. Leave it out here.");
  if (types?.length === 0) fault("types", "must name at least one event type.");
  const bound = (types ?? []).map((each, index) => boundOf(each, `types[${index}]`, fault));
  const parent = scope.kind === "organization" ? null : scope;
  const looked = parent === null ? null : lookupResources(model, parent, bound);
  for (const { path } of looked?.faults ?? []) {
    const index = Number(/\d+/.exec(path)?.[0] ?? 0);
    fault(`types[${index}].resource`, "is no door or panel of this building.");
  }
  if (problems.length > 0) return problems;
  if (types === undefined || looked === null) return before;
  const whole = bound.filter((each) => each !== null);
  const next = { ...before, bindings: toBindings(whole, looked.ids), document: toDocument(whole) };
  // It may take entries of doors that did not open, too. The URL is the same, so no secret is made.
  return withOptions(next, before.endpoint.url, {}, () => before.signingSecrets.at(-1)!).subscription;
}

function boundOf(
  { type, resource }: WantedType,
  path: string,
  fault: (path: string, message: string) => void,
): BoundResource | null {
  if (!pairNames.includes(type)) {
    fault(path, `is no event type of ButterflyMX: ${JSON.stringify(type)}. There are ${pairNames.join(", ")}.`);
    return null;
  }
  const [resourceType, action] = type.split(".") as [string, string];
  return { resource_type: resourceType, actions: [action], resource_id: resource };
}
