// What a key owns, above all subscriptions: one that a request names, or all.

import { mayManageScope, notFound } from "../../auth/authorize.ts";
import type { BuildingModel } from "../../building/building.ts";
import { homeOf } from "../../building/home-of.ts";
import { isAlertTarget } from "../../model/alert.ts";
import { mayRead, type Principal } from "../../model/principal.ts";
import type { Subscription, SubscriptionScope } from "../../model/subscription.ts";
import { changeOrganization, type Decision } from "../../store/change-organization.ts";
import type { OperatorDeps } from "./deps.ts";

type Deps = Pick<OperatorDeps, "registry" | "place">;
type Model = BuildingModel | null;

/** A subscription, or whatever else stands for an organization, a building or a tenant of it. */
export interface Scoped {
  readonly organization: string;
  readonly scope: SubscriptionScope;
}

/** What a request means: a subscription of a vendor's API, or one of alerts. Neither is found as the other. */
type Meant = "subscription" | "alert";

/** Throws NOT_FOUND for a subscription that is another's, as for one that is not there. */
export async function owned(
  { registry, place }: Deps,
  who: Principal,
  id: string,
  meant: Meant = "subscription",
): Promise<Subscription> {
  const subscription = await registry.subscription(id, who.organization);
  if (subscription === null || isAlertTarget(subscription) !== (meant === "alert")) throw notFound(meant);
  if (!(await owns({ place }, who, subscription))) throw notFound(meant);
  return subscription;
}

/** Whether the key may manage it. */
export const owns = ({ place }: Pick<OperatorDeps, "place">, who: Principal, it: Scoped): Promise<boolean> =>
  mayManageIt(who, it, () => place.model(it.organization));

/** The same by the model of its organization. */
export const ownsIn = (model: Model, who: Principal, it: Scoped): Promise<boolean> =>
  mayManageIt(who, it, async () => model);

const mayManageIt = (who: Principal, { organization, scope }: Scoped, model: () => Promise<Model>): Promise<boolean> =>
  mayManageScope(who, organization, scope, async () =>
    scope.kind === "tenant" ? homeOf(await model(), scope.id) : null,
  );

/** Changes it as it is stored at the moment of writing. Throws like `owned`. */
export async function changeOwned<Result>(
  deps: Deps,
  who: Principal,
  id: string,
  decide: (current: Subscription) => Decision<Result>,
  meant: Meant = "subscription",
): Promise<Result> {
  const { organization } = await owned(deps, who, id, meant);
  return changeOrganization(deps.registry, organization, ({ subscriptions }) => {
    const current = subscriptions.find((subscription) => subscription.id === id);
    if (current === undefined) throw notFound(meant);
    return decide(current);
  });
}

/** The one that is named, for whoever reads the whole organization and for its owner. Throws NOT_FOUND. */
export async function readableSubscription(deps: Deps, who: Principal, id: string): Promise<Subscription> {
  const found = await deps.registry.subscription(id, who.organization);
  if (found === null || !(await mayReadSubscription(deps, who, found))) throw notFound("subscription");
  return found;
}

/** Whether the key reads the whole organization, or owns this one. Alerts are no subscriptions. */
export const mayReadSubscription = async (
  deps: Pick<OperatorDeps, "place">,
  who: Principal,
  subscription: Subscription,
): Promise<boolean> =>
  !isAlertTarget(subscription) && (mayRead(who, subscription.organization) || (await owns(deps, who, subscription)));

/** Those of the key's organization that it owns, alerts among them; null: it reads all of the organization. */
export async function ownSubscriptions(
  { registry, place }: Deps,
  who: Principal,
): Promise<readonly Subscription[] | null> {
  if (who.organization === null || mayRead(who, who.organization)) return null;
  const [snapshot, model] = await Promise.all([registry.snapshot(who.organization), place.model(who.organization)]);
  const own: Subscription[] = [];
  for (const each of snapshot?.subscriptions ?? []) if (await ownsIn(model, who, each)) own.push(each);
  return own;
}
