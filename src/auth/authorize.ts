// Which roles may do what, whatever API asks. A key hears of a thing that it may not see what it would hear if the thing did
// not exist.

import { BelfryError } from "../errors.ts";
import { mayManage, mayManageBuilding, mayManageTenant, type Principal, type Role } from "../model/principal.ts";
import type { SubscriptionScope } from "../model/subscription.ts";

export const readers: readonly Role[] = ["operator", "organization", "viewer"];
/** Those who may read the numbers of a building. */
export const countReaders: readonly Role[] = [...readers, "building"];
export const managers: readonly Role[] = ["operator", "organization"];
export const operators: readonly Role[] = ["operator"];
/** Those who may have subscriptions of their own. */
export const owners: readonly Role[] = [...managers, "building", "tenant"];

/** Those who may read subscriptions and deliveries: all of an organization, or their own. */
export const subscriptionReaders: readonly Role[] = [...readers, "building", "tenant"];

/** The buildings to which a list of counts or sensors is narrowed; null: all of the organization. */
export const buildingsOf = ({ role, targets }: Principal): readonly string[] | null =>
  role === "building" ? targets : null;

/** Says nothing of the id asked for, so that a foreign one and an unknown one give the same bytes. */
export const notFound = (what: string): BelfryError =>
  new BelfryError("NOT_FOUND", `There is no such ${what}, or this key may not see it.`);

/** The organization to which a list is narrowed; null: all of them, for an operator only. */
export function listedOrganization(who: Principal, asked: string | undefined): string | null {
  if (who.organization === null) return asked ?? null;
  if (asked !== undefined && asked !== who.organization) throw notFound("organization");
  return who.organization;
}

/** With this header a request names the organization that it is about: an operator's key must, where an id is in use in several. */
export const organizationHeader = "belfry-organization";

/** Who asks, by the header above: an operator that names an organization acts for that one alone. `named`: as it came. */
export function actingFor(who: Principal, named: string | readonly string[] | undefined): Principal {
  if (named === undefined || named === "") return who;
  if (typeof named !== "string") throw notFound("organization");
  return { ...who, organization: listedOrganization(who, named) };
}

/** The only one of the organizations in which an id was found; null: it was found in none. Throws ORGANIZATION_REQUIRED where
 * there are several; `what` is such as `building 17`. */
export function onlyHome(homes: Iterable<string>, what: string): string | null {
  const [only = null, ...others] = new Set(homes);
  if (others.length === 0) return only;
  throw new BelfryError("ORGANIZATION_REQUIRED", severalHomes(what));
}

export const severalHomes = (what: string): string =>
  `Several organizations have ${/^[aeiou]/.test(what) ? "an" : "a"} ${what}. Name yours in the header ${organizationHeader}.`;

/** Whether the key may manage the subscriptions of this scope: the organization's key all, a building's key those of the
 * building and of its tenants, a tenant's key the tenant's. `home` gives the building in which the tenant lives; it is called
 * only where the answer hangs on it. */
export async function mayManageScope(
  who: Principal,
  organization: string,
  scope: SubscriptionScope,
  home: () => Promise<string | null>,
): Promise<boolean> {
  if (scope.kind === "organization") return mayManage(who, organization);
  if (scope.kind === "building") return mayManageBuilding(who, organization, scope.id);
  const isBuilding = who.role === "building" && who.organization === organization;
  return mayManageTenant(who, organization, isBuilding ? await home() : null, scope.id);
}
