// Why a subscription is not owed an event, by the rule that decides it [subscription.ts], asked again with one part of the
// subscription taken away at a time. Pure.

import type { Event } from "./event.ts";
import { bindingFor, type Filters, type Subscription } from "./subscription.ts";

/** `type`: it takes none of this type. `resource`: of this type it takes only what another door or panel tells. `scope`: the event is not of
 * its building or tenant. `filter`: a filter leaves it out. */
export type WhyNotOwed =
  | { readonly reason: "type" | "resource" | "scope" }
  | { readonly reason: "filter"; readonly filter: keyof Filters };

/** null: it is owed, but for values that have not changed. */
export function whyNotOwed(
  subscription: Subscription,
  event: Pick<Event, "dialect" | "type" | "scopes" | "value">,
): WhyNotOwed | null {
  const takes = (change: Partial<Subscription>): boolean => bindingFor({ ...subscription, ...change }, event) !== null;
  if (takes({})) return null;
  const { bindings, filters, scope } = subscription;
  const ofType = bindings.filter(({ type }) => type === event.type);
  if (ofType.length === 0) return { reason: "type" };
  const anywhere = { filters: null, bindings: [{ type: event.type, variant: 0, resource: null }] };
  if (!takes(anywhere)) return { reason: "scope" };
  if (!takes({ filters: null })) return { reason: "resource" };
  for (const name of Object.keys(filters ?? {}) as (keyof Filters)[]) {
    if (!takes({ scope, filters: { [name]: filters![name] } })) return { reason: "filter", filter: name };
  }
  return { reason: "scope" };
}
