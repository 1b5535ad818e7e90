// /v1/keys: makes, lists and revokes keys. An organization key may do so for everything within its organization, so that
// an operator does not have to.

import { z } from "zod";
import { BelfryError } from "../../errors.ts";
import { isOrganizationId } from "../../model/organization.ts";
import { mayManage, type Principal, type Role, roles } from "../../model/principal.ts";
import type { LocatedPlace } from "../../model/place-id.ts";
import type { KeyRecord } from "../../store/registry.ts";
import { listOf, pageOf, pageQuery } from "../cursor.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { keySchema, showKey } from "./key-view.ts";
import { notFound, listedOrganization, managers, onlyHome } from "../../auth/authorize.ts";

const named = z.string().min(1).max(128);

const organizationForm = { type: "string", pattern: "^[!-.0-~]{1,128}$" };
const oneOrOnly = {
  anyOf: [organizationForm, { type: "array", minItems: 1, maxItems: 1, items: organizationForm }],
};

const newKey = z
  .strictObject({
    role: z.enum(roles),
    for: z
      .union([named, z.array(named).min(1).max(64)])
      .optional()
      .describe(
        "The organization, or the building or tenant; several of them as a list, of one organization. None for an operator.",
      ),
    name: z.string().trim().min(1).max(100).optional().describe("What people call it."),
  })
  .meta({
    // What the role decides of `for`; said here, since the answers to a wrong one are sentences of their own.
    oneOf: [
      { type: "object", properties: { role: { const: "operator" }, for: { not: {} } } },
      {
        type: "object",
        required: ["for"],
        properties: { role: { enum: ["ingest", "organization", "viewer"] }, for: oneOrOnly },
      },
      {
        type: "object",
        required: ["for"],
        properties: {
          role: { enum: ["building", "tenant"] },
          for: { anyOf: [{ type: "string" }, { type: "array", items: {} }] },
        },
      },
    ],
  });

const issuedKey = z.object({
  client_id: z.string(),
  client_secret: z.string(),
  key: z.string().describe("Both in one, for Authorization: Bearer. Shown this once."),
});

export function keyRoutes(deps: OperatorDeps): readonly Route[] {
  const { registry, clock, keys, authenticator } = deps;
  return [
    route({
      method: "POST",
      path: "/v1/keys",
      summary: "Make a key. The secret is in this answer and never again.",
      roles: managers,
      isForKeys: true,
      status: 201,
      body: newKey,
      answer: issuedKey,
      handle: async ({ who, body }) => {
        const place = await placeOf(deps, who, body.role, [body.for ?? []].flat());
        const { clientId, clientSecret, key } = await keys.issue(
          { role: body.role, ...place, name: body.name ?? null },
          who.key,
        );
        return { client_id: clientId, client_secret: clientSecret, key };
      },
    }),
    route({
      method: "GET",
      path: "/v1/keys",
      summary: "Keys without their secrets, newest first; revoked ones as well.",
      roles: managers,
      query: z.strictObject({ organization: z.string().optional(), ...pageQuery }),
      answer: listOf(keySchema),
      handle: async ({ who, query }) => {
        const organization = listedOrganization(who, query.organization);
        const all = (await registry.keys()).filter((key) => organization === null || key.organization === organization);
        const position = ({ createdAt, id }: KeyRecord) => `${String(createdAt).padStart(16, "0")} ${id}`;
        return pageOf(all, query, ["keys", organization], position, showKey);
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/keys/:id",
      summary: "Revoke a key and every access token it got.",
      roles: managers,
      isForKeys: true,
      status: 204,
      answer: z.null(),
      handle: async ({ who, params }) => {
        const id = params["id"]!;
        const found = await registry.key(id);
        if (found === null || !mayRevoke(who, found)) throw notFound("key");
        const entry = { at: clock.now(), actor: who.key, action: "key.revoke", object: id, detail: null };
        if (found.revokedAt === null) await registry.revokeKey(id, entry);
        authenticator.forget(id);
        return null;
      },
    }),
  ];
}

function mayRevoke(who: Principal, key: KeyRecord): boolean {
  return key.organization === null ? who.role === "operator" : mayManage(who, key.organization);
}

/** Where a new key of this role belongs. Organizations are created by operators in passing, buildings and tenants must
 * be there. */
async function placeOf(deps: OperatorDeps, who: Principal, role: Role, ids: readonly string[]): Promise<KeyPlace> {
  if (role === "operator") {
    if (who.role !== "operator") throw new BelfryError("FORBIDDEN", "Only an operator can make a key for an operator.");
    if (ids.length > 0) throw fault("An operator key is for everything: leave `for` out.");
    return { organization: null, targets: [] };
  }
  const [id, another] = ids;
  const kind = role === "building" || role === "tenant" ? role : "organization";
  if (id === undefined) throw fault(`A key of role ${role} is for one ${kind}: name it in \`for\`.`);
  if (kind !== "organization") return targetsOf(deps, who, kind, ids);
  if (another !== undefined) throw fault(`A key of role ${role} is for one organization, not for several.`);
  if (!mayManage(who, id)) throw fault("There is no such organization, or this key may not see it.");
  if (!isOrganizationId(id)) {
    throw fault("The id of an organization has 1 to 128 printable ASCII characters, no space and no slash.");
  }
  const entry = { at: deps.clock.now(), actor: who.key, action: "organization.create", object: id, detail: null };
  await deps.registry.ensureOrganization(id, id, entry);
  return { organization: id, targets: [] };
}

type KeyPlace = Pick<KeyRecord, "organization" | "targets">;

/** The buildings or tenants, by their ids, and the one organization that they are of. */
async function targetsOf(
  { place }: OperatorDeps,
  who: Principal,
  kind: "building" | "tenant",
  ids: readonly string[],
): Promise<KeyPlace> {
  const places = await Promise.all(ids.map((id) => place.locate(kind, id, who.organization)));
  if (places.some((found) => found.length === 0)) {
    throw fault(`There is no such ${kind}, or this key may not see it. Put the building model first.`);
  }
  const has = (found: readonly LocatedPlace[], home: string) => found.some(({ organization }) => organization === home);
  const homes = places[0]!
    .map(({ organization }) => organization)
    .filter((home) => places.every((found) => has(found, home)));
  if (homes.length === 0) throw fault(`One key is for ${kind}s of one organization. Make a key for each organization.`);
  const organization = onlyHome(homes, `${kind} ${ids.join(" and ")}`)!;
  const targets = places.flatMap((found) => found.filter((each) => each.organization === organization));
  return { organization, targets: [...new Set(targets.map(({ id }) => id))] };
}

const fault = (message: string): BelfryError =>
  new BelfryError("INVALID", message, { problems: [{ path: "for", code: "INVALID", message }] });
