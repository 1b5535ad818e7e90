// Whose a subscription is: of whoever manages its organization, and an integration also of the key of its building or
// tenant.

import { buildingOf } from "../../building/building-of.ts";
import { mayManage, mayManageBuilding, mayManageTenant, type Principal, type Role } from "../../model/principal.ts";
import type { Subscription } from "../../model/subscription.ts";
import type { Registry } from "../../store/registry.ts";
import { notFound, managers } from "../../auth/authorize.ts";

export const owners: readonly Role[] = [...managers, "building", "tenant"];

/** Throws NOT_FOUND for a subscription that is another's, as for one that is not there. */
export async function owned(registry: Registry, who: Principal, id: string): Promise<Subscription> {
  const subscription = await registry.subscription(id);
  if (subscription === null || !(await owns(registry, who, subscription))) throw notFound("subscription");
  return subscription;
}

async function owns(registry: Registry, who: Principal, { organization, scope }: Subscription): Promise<boolean> {
  if (scope.kind === "organization") return mayManage(who, organization);
  if (scope.kind === "building") return mayManageBuilding(who, organization, scope.id);
  // Only for a key of a building does it matter where the tenant lives; the model may be large.
  const model = who.role === "building" ? ((await registry.snapshot(organization))?.model ?? null) : null;
  return mayManageTenant(who, organization, buildingOf(model, "tenant", scope.id)?.id ?? "", scope.id);
}
