// By what the callers of a test are known: keys, or portal links of the same role and scope, each made by such a key; those of a
// viewer, who makes none, by the organization's.

import type { PortalRole } from "../../src/auth/portal-links.ts";
import type { Role } from "../../src/model/principal.ts";
import { type House, keyFor } from "./fixture.ts";

/** A test file that asks by links sets this before it imports the tests. */
export const credentials: { kind: "key" | "portal link" } = { kind: "key" };

const linkRoles: readonly Role[] = ["organization", "viewer", "building", "tenant"] satisfies PortalRole[];

export async function credentialFor(
  house: House,
  role: Role,
  organization: string | null = null,
  target: string | null = null,
): Promise<string> {
  const isLink = credentials.kind === "portal link" && linkRoles.includes(role) && organization !== null;
  if (!isLink) return keyFor(house, role, organization, target);
  const targets = target === null ? [] : [target];
  const maker = role === "viewer" ? "organization" : role;
  const { clientId } = await house.keys.issue({ role: maker, organization, targets }, "test");
  const look = { title: null, home: null, colours: {} };
  const scope = { role: role as PortalRole, organization, targets };
  const { token } = await house.authenticator.portals.make({
    ...scope,
    key: clientId,
    lifeMs: 60_000,
    look,
    origins: [],
  });
  return token;
}
