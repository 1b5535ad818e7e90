// For which organization a request acts, and whether its key may. An organization that the key has no part in looks like
// one that does not exist.

import { BelfryError } from "../../errors.ts";
import { mayManage, mayRead, type Principal } from "../../model/principal.ts";
import type { Registry } from "../../store/registry.ts";

export type OrganizationList = Pick<Registry, "organizations">;

/** `named` is the `belfry-organization` header. An operator acts for the one it names, else for the only one there is. */
export async function organizationFor(
  who: Principal,
  named: string | undefined,
  registry: OrganizationList,
): Promise<string> {
  if (who.organization !== null) {
    if (named !== undefined && named !== who.organization) throw unknownOrganization(named);
    return who.organization;
  }
  const organizations = await registry.organizations();
  if (named !== undefined) {
    if (!organizations.some(({ id }) => id === named)) throw unknownOrganization(named);
    return named;
  }
  const [only, ...others] = organizations;
  if (only !== undefined && others.length === 0) return only.id;
  throw new BelfryError(
    "ORGANIZATION_REQUIRED",
    only === undefined
      ? "There is no organization yet. Put a building model, or create a key for one."
      : `This key may act for ${organizations.length} organizations. Name one in the header belfry-organization.`,
  );
}

export function mustRead(who: Principal, organization: string): void {
  if (!mayRead(who, organization)) throw new BelfryError("FORBIDDEN", "This key may not read this.");
}

export function mustManage(who: Principal, organization: string): void {
  if (!mayManage(who, organization)) throw new BelfryError("FORBIDDEN", "This key may not change this.");
}

const unknownOrganization = (id: string) =>
  new BelfryError("NOT_FOUND", `There is no organization ${JSON.stringify(id.slice(0, 64))}.`);
