// For whom an operator acts that names no organization: the only one there is.

import { organizationHeader } from "../../auth/authorize.ts";
import { BelfryError } from "../../errors.ts";
import type { Principal } from "../../model/principal.ts";
import type { OperatorDeps } from "./deps.ts";

/** Throws ORGANIZATION_REQUIRED where there are several, or none. */
export async function actingForOne({ registry }: Pick<OperatorDeps, "registry">, who: Principal): Promise<Principal> {
  if (who.organization !== null) return who;
  const [only, ...others] = await registry.organizations();
  if (only === undefined || others.length > 0) {
    throw new BelfryError("ORGANIZATION_REQUIRED", `Name the organization in the header ${organizationHeader}.`);
  }
  return { ...who, organization: only.id };
}
