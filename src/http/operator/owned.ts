// The subscription that a request names, where its key owns it.

import { mayManageScope, notFound } from "../../auth/authorize.ts";
import { homeOf } from "../../building/home-of.ts";
import type { Principal } from "../../model/principal.ts";
import type { Subscription } from "../../model/subscription.ts";
import type { OperatorDeps } from "./deps.ts";

/** Throws NOT_FOUND for a subscription that is another's, as for one that is not there. */
export async function owned(
  { registry, place }: Pick<OperatorDeps, "registry" | "place">,
  who: Principal,
  id: string,
): Promise<Subscription> {
  const subscription = await registry.subscription(id, who.organization);
  if (subscription === null) throw notFound("subscription");
  const { organization, scope } = subscription;
  const home = async () => (scope.kind === "tenant" ? homeOf(await place.model(organization), scope.id) : null);
  if (!(await mayManageScope(who, organization, scope, home))) throw notFound("subscription");
  return subscription;
}
