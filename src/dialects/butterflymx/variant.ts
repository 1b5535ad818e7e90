// Which form of an event a subscription is owed: its name for entries, its payload format, and what it may see of people. Pure.

import { otherEntries } from "../../model/delivery-options.ts";
import type { Event } from "../../model/event.ts";
import { type Binding, type Subscription, usualPayload } from "../../model/subscription.ts";
import { callVariant, entryVariant } from "./compose.ts";

/** E-mail addresses go to the building, and to the person who is called. */
export function variant(
  { scope, payload = usualPayload }: Subscription,
  binding: Binding,
  { type, scopes }: Pick<Event, "type" | "scopes">,
): number {
  if (type === "access_log.create" || type === otherEntries) return entryVariant(binding.variant, payload.secrecy);
  const quiet = scope.kind === "tenant" && scopes.called !== scope.id;
  return callVariant({ ...payload, quiet });
}
