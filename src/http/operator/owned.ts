// The subscription that a request names, where its key owns it.

import { mayManageScope, notFound } from "../../auth/authorize.ts";
import { homeOf } from "../../building/home-of.ts";
import type { Principal } from "../../model/principal.ts";
import type { Subscription } from "../../model/subscription.ts";
import { changeOrganization, type Decision } from "../../store/change-organization.ts";
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

/** Changes it as it is stored at the moment of writing. Throws like `owned`. */
export async function changeOwned<Result>(
  deps: Pick<OperatorDeps, "registry" | "place">,
  who: Principal,
  id: string,
  decide: (current: Subscription) => Decision<Result>,
): Promise<Result> {
  const { organization } = await owned(deps, who, id);
  return changeOrganization(deps.registry, organization, ({ subscriptions }) => {
    const current = subscriptions.find((subscription) => subscription.id === id);
    if (current === undefined) throw notFound("subscription");
    return decide(current);
  });
}
