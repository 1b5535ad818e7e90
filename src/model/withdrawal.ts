// A withdrawal: a tenant has moved or is over, and what waits for their lane may no longer go to them. Pure rules: which
// change of a tenant takes what away. What names the tenant goes with them, but to no other building.

import type { Scopes } from "./event.ts";

/** Why deliveries of a tenant's lane are cancelled, as `GET /v1/deliveries` says it. */
export const withdrawalReasons = {
  tenant_moved: "The tenant has moved to another unit since, and this is about the unit before.",
  tenant_left: "The tenant has moved to another building since.",
  tenant_inactive: "The tenant is no longer active.",
  scope_narrowed: 'The building has tenant_scope "own" since, and this is about another person of the unit.',
} as const satisfies Record<string, string>;
export type WithdrawalReason = keyof typeof withdrawalReasons;

/** Of everything that was accepted before it. */
export interface Withdrawal {
  readonly lane: number;
  /** Id of the tenant whose lane it is. */
  readonly tenant: string;
  readonly reason: WithdrawalReason;
}

/** One that is written, and whose deliveries are not all cancelled. */
export interface PendingWithdrawal {
  readonly number: number;
  readonly lane: number;
}

/** Whether it takes away an event with these scopes. An event of an earlier release does not say whom it names: it goes. */
export function isWithdrawn({ reason, tenant }: Omit<Withdrawal, "lane">, scopes: Scopes): boolean {
  if (reason === "tenant_left" || reason === "tenant_inactive") return true;
  if (scopes.selves?.includes(tenant)) return false;
  return reason === "tenant_moved" || scopes.somebody !== false;
}

/** Where a tenant is at home, and until when. */
export interface TenantHome {
  readonly building: string;
  readonly unit: string;
  readonly scope: "unit" | "own";
  /** Epoch ms; Infinity: nobody has said. */
  readonly inactiveAfter: number;
}

/** What a change of a tenant takes away; null: nothing. `now`: epoch ms. */
export function withdrawalReason(before: TenantHome, after: TenantHome, now: number): WithdrawalReason | null {
  if (after.inactiveAfter <= now) return before.inactiveAfter <= now ? null : "tenant_inactive";
  if (after.building !== before.building) return "tenant_left";
  if (after.unit !== before.unit) return "tenant_moved";
  return before.scope === "unit" && after.scope === "own" ? "scope_narrowed" : null;
}
