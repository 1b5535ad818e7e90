// What a change of the building model takes from tenants: who has moved, is over, or may no longer see what concerns others
// of the unit. Pure.

import type { BuildingDocument, ModelDocument, TenantDocument } from "../building/document.ts";
import type { Subscription } from "../model/subscription.ts";
import { type TenantHome, type Withdrawal, withdrawalReason } from "../model/withdrawal.ts";

/** Of tenants with subscriptions. A tenant who is gone takes their subscriptions along: nothing is left to withdraw. */
export function withdrawalsOf(
  subscriptions: readonly Subscription[],
  before: ModelDocument,
  after: ModelDocument,
  now: number,
): readonly Withdrawal[] {
  const ofTenants = subscriptions.flatMap(({ scope, number }) =>
    scope.kind === "tenant" ? [{ tenant: scope.id, lane: number }] : [],
  );
  if (ofTenants.length === 0) return [];
  const wanted = new Set(ofTenants.map(({ tenant }) => tenant));
  const [was, is] = [homesOf(before, wanted), homesOf(after, wanted)];
  return ofTenants.flatMap(({ tenant, lane }) => {
    const [from, to] = [was.get(tenant), is.get(tenant)];
    const reason = from === undefined || to === undefined ? null : withdrawalReason(from, to, now);
    return reason === null ? [] : [{ lane, tenant, reason }];
  });
}

function homesOf({ sites }: ModelDocument, wanted: ReadonlySet<string>): ReadonlyMap<string, TenantHome> {
  const homes = new Map<string, TenantHome>();
  for (const building of sites.flatMap(({ buildings = [] }) => buildings)) {
    const tenants = (building.tenants ?? []).filter(({ id }) => wanted.has(id));
    if (tenants.length === 0) continue;
    const unit = unitIds(building);
    for (const tenant of tenants) homes.set(tenant.id, homeOf(tenant, building, unit));
  }
  return homes;
}

function homeOf(tenant: TenantDocument, building: BuildingDocument, unit: (given: string) => string): TenantHome {
  const { unit_id, inactive_after } = tenant;
  return {
    building: building.id,
    unit: unit(unit_id),
    scope: building.tenant_scope ?? "unit",
    inactiveAfter: inactive_after === undefined ? Infinity : Date.parse(inactive_after),
  };
}

/** A unit may be named by its id or its number: another name is no other unit. */
function unitIds({ units = [] }: BuildingDocument): (given: string) => string {
  const ids = new Map<string, string>();
  for (const { id, butterflymx_id } of units) if (butterflymx_id !== undefined) ids.set(String(butterflymx_id), id);
  for (const { id } of units) ids.set(id, id);
  return (given) => ids.get(given) ?? given;
}
