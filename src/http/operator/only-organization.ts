// For whom an operator acts that names no organization: the only one there is.

import { organizationHeader } from "../../auth/authorize.ts";
import { BelfryError } from "../../errors.ts";
import type { Principal } from "../../model/principal.ts";
import type { OperatorDeps } from "./deps.ts";

/** `place`: of a request that may name a building or a tenant, whose organization is found by it. Throws ORGANIZATION_REQUIRED
 * where there are several, or none. */
export async function actingForOne(
  { registry }: Pick<OperatorDeps, "registry">,
  who: Principal,
  { building, tenant }: { readonly building?: string | undefined; readonly tenant?: string | undefined },
): Promise<Principal> {
  if (who.organization !== null || building !== undefined || tenant !== undefined) return who;
  const [only, ...others] = await registry.organizations();
  if (only === undefined || others.length > 0) {
    throw new BelfryError("ORGANIZATION_REQUIRED", `Name the organization in the header ${organizationHeader}.`);
  }
  return { ...who, organization: only.id };
}
