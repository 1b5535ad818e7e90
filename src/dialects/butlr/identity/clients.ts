// `/api/v1/client`: credentials that a program makes for others of its organization, lists and deletes [butlr.md §8]. They are
// keys of Belfry like any other.

import { BelfryError, type ErrorCode, errorStatus } from "../../../errors.ts";
import type { KeyMaker } from "../../../auth/api-keys.ts";
import type { Authenticator } from "../../../auth/authenticator-port.ts";
import type { Clock } from "../../../clock.ts";
import type { HttpRequest, HttpScope } from "../../../http/scope.ts";
import type { Principal } from "../../../model/principal.ts";
import type { KeyRecord, Registry } from "../../../store/registry.ts";
import { mustManage, organizationFor } from "../organization.ts";
import { createSignedIn } from "./signed-in.ts";

export interface ClientDeps {
  readonly registry: Pick<Registry, "organizations" | "ensureOrganization" | "key" | "keys" | "revokeKey">;
  readonly authenticator: Authenticator & { forget(clientId: string): void };
  readonly keys: Pick<KeyMaker, "issue">;
  readonly clock: Clock;
}

const path = "/api/v1/client";
const longest = { name: 200, description: 1_000 };

/** The scope must read JSON bodies and answer what is thrown with `clientError`. */
export function clientRoutes(scope: HttpScope, deps: ClientDeps): void {
  const { registry, authenticator, keys, clock } = deps;

  const { onRequest, who: asker } = createSignedIn(authenticator);

  /** Whose clients the caller manages. */
  const managed = async (request: HttpRequest): Promise<{ who: Principal; organization: string }> => {
    const who = asker(request);
    const organization = await organizationFor(who, request.headers["belfry-organization"]?.toString(), registry);
    mustManage(who, organization);
    return { who, organization };
  };

  /** Null: there is none. */
  const find = async (request: HttpRequest, organization: string): Promise<KeyRecord | null> => {
    const key = await registry.key((request.params as { id: string }).id);
    return key !== null && isClientOf(key, organization) ? key : null;
  };

  scope.addHook("onRequest", async (_, reply) => void reply.header("cache-control", "no-store"));

  scope.post(path, { bodyLimit: 16 * 1024, onRequest }, async (request, reply) => {
    const { who, organization } = await managed(request);
    const given = clientOf(request.body);
    const role = { role: "organization", organization, targets: [] } as const;
    const { clientId, clientSecret } = await keys.issue({ ...role, ...given }, who.key);
    return reply.code(201).send({
      name: given.name,
      description: given.description ?? "",
      client_id: clientId,
      client_secret: clientSecret,
    });
  });

  scope.get(path, { onRequest }, async (request) => {
    const { organization } = await managed(request);
    return (await registry.keys()).filter((key) => isClientOf(key, organization)).map(view);
  });

  scope.get(`${path}/:id`, { onRequest }, async (request, reply) => {
    const { organization } = await managed(request);
    const key = await find(request, organization);
    return key === null ? reply.code(404).send(notFound) : view(key);
  });

  scope.delete(`${path}/:id`, { onRequest }, async (request, reply) => {
    const { who, organization } = await managed(request);
    const key = await find(request, organization);
    if (key === null) return reply.code(404).send(notFound);
    const { id } = key;
    await registry.revokeKey(id, { at: clock.now(), actor: who.key, action: "key.revoke", object: id, detail: null });
    authenticator.forget(id);
    return reply.code(204).send();
  });
}

/** Keys of the whole organization: those of a building, a tenant or a feed are no clients of this API. */
const isClientOf = (key: KeyRecord, organization: string): boolean =>
  key.organization === organization && key.revokedAt === null && (key.role === "organization" || key.role === "viewer");

const view = ({ id, name, description, createdAt }: KeyRecord) => ({
  id,
  client_id: id,
  name: name ?? id,
  description: description ?? "",
  created_at: new Date(createdAt).toISOString(),
});

function clientOf(body: unknown): { readonly name: string; readonly description: string | null } {
  const { name, description = null } =
    typeof body === "object" && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : {};
  if (typeof name !== "string" || name.trim() === "" || name.length > longest.name) {
    throw new BelfryError("BAD_REQUEST", `\`name\` must be a text of 1 to ${longest.name} characters.`);
  }
  if (description !== null && (typeof description !== "string" || description.length > longest.description)) {
    throw new BelfryError(
      "BAD_REQUEST",
      `\`description\` must be a text of at most ${longest.description} characters.`,
    );
  }
  return { name, description };
}

/** The same for a client of another organization as for none. */
const notFound = { error: "There is no such client, or this key may not see it.", code: "CLIENT_NOT_FOUND" };

/** In the form of the vendor's service. */
export const clientError = (code: ErrorCode, sentence: string) => ({
  error: sentence,
  code: errorStatus[code] === 400 ? "INVALID_REQUEST" : code,
});
