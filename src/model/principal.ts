// Who asks, and what a key may do. Every API asks these rules and no other; a denied object looks like an absent one.

import type { Portal } from "./portal.ts";

export const roles = ["operator", "ingest", "organization", "building", "tenant", "viewer"] as const;
export type Role = (typeof roles)[number];

export interface Principal {
  /** Public id of the key, for the audit. */
  readonly key: string;
  readonly role: Role;
  /** null only for an operator, who acts for every organization; an operator may also act for the one that a request names. */
  readonly organization: string | null;
  /** For `building` and `tenant` keys: the ids of theirs, one at least. A person with several units is several tenants. Empty
   * for all other roles. */
  readonly targets: readonly string[];
  /** It came by a portal link, whose id `key` is: it makes and ends no key and no link. */
  readonly portal?: Portal;
}

const actsFor = (who: Principal, organization: string): boolean =>
  who.organization === null || who.organization === organization;

/** May observe and send events for this organization. */
export function mayIngest(who: Principal, organization: string): boolean {
  if (who.role === "operator") return actsFor(who, organization);
  return (who.role === "ingest" || who.role === "organization") && who.organization === organization;
}

/** May read subscriptions, events and deliveries of this organization. */
export function mayRead(who: Principal, organization: string): boolean {
  if (who.role === "operator") return actsFor(who, organization);
  return (who.role === "organization" || who.role === "viewer") && who.organization === organization;
}

/** May read the numbers of this building: its counts and its sensors. */
export function mayReadBuilding(who: Principal, organization: string, building: string): boolean {
  if (mayRead(who, organization)) return true;
  return who.role === "building" && who.organization === organization && who.targets.includes(building);
}

/** May change the building model and the subscriptions of the whole organization. */
export function mayManage(who: Principal, organization: string): boolean {
  if (who.role === "operator") return actsFor(who, organization);
  return who.role === "organization" && who.organization === organization;
}

/** May manage the integrations of this building. */
export function mayManageBuilding(who: Principal, organization: string, building: string): boolean {
  if (mayManage(who, organization)) return true;
  return who.role === "building" && who.organization === organization && who.targets.includes(building);
}

/** May manage the integrations of this tenant: the tenant, the building they live in, the organization. `building`: null
 * where it is not known. */
export function mayManageTenant(
  who: Principal,
  organization: string,
  building: string | null,
  tenant: string,
): boolean {
  if (building === null ? mayManage(who, organization) : mayManageBuilding(who, organization, building)) return true;
  return who.role === "tenant" && who.organization === organization && who.targets.includes(tenant);
}
