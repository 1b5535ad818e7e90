// `/api/v1/client`: credentials that a program makes for others of its organization, lists and deletes [butlr.md §8]. They are
// keys of Belfry like any other.

import { BelfryError, type ErrorCode, errorStatus } from "../../../errors.ts";
import type { KeyMaker } from "../../../auth/api-keys.ts";
import type { Authenticator } from "../../../auth/authenticator-port.ts";
import type { Clock } from "../../../clock.ts";
import type { HttpReply, HttpRequest, HttpScope } from "../../../http/scope.ts";
import type { Principal } from "../../../model/principal.ts";
import type { KeyRecord, Registry } from "../../../store/registry.ts";
import { mustManage, organizationFor } from "../organization.ts";

export interface ClientDeps {
  readonly registry: Pick<Registry, "organizations" | "ensureOrganization" | "key" | "keys" | "revokeKey">;
  readonly authenticator: Authenticator & { forget(clientId: string): void };
  readonly keys: Pick<KeyMaker, "issue">;
  readonly clock: Clock;
  readonly unforeseen: (error: unknown, request: string) => void;
}

const path = "/api/v1/client";
const longest = { name: 200, description: 1_000 };

/** The scope must read JSON bodies. */
export function clientRoutes(scope: HttpScope, deps: ClientDeps): void {
  const { registry, authenticator, keys, clock } = deps;

  /** Whose clients the caller manages. */
  const signedIn = async ({ headers, ip }: HttpRequest): Promise<{ who: Principal; organization: string }> => {
    const who = await authenticator.principal(headers.authorization, ip);
    if (who === null)
      throw new BelfryError("UNAUTHENTICATED", "Send a valid access token: Authorization: Bearer <token>.");
    const organization = await organizationFor(who, headers["belfry-organization"]?.toString(), registry);
    mustManage(who, organization);
    return { who, organization };
  };

  const find = async (id: string, organization: string): Promise<KeyRecord> => {
    const key = await registry.key(id);
    if (key === null || !isClientOf(key, organization)) throw new ClientNotFound();
    return key;
  };

  type Handle = (request: HttpRequest, reply: HttpReply) => Promise<unknown>;
  const answering =
    (handle: Handle): Handle =>
    async (request, reply) => {
      reply.header("cache-control", "no-store");
      try {
        return await handle(request, reply);
      } catch (error) {
        if (error instanceof ClientNotFound) return reply.code(404).send(error.answer);
        if (!(error instanceof BelfryError)) deps.unforeseen(error, request.id);
        const known =
          error instanceof BelfryError
            ? error
            : new BelfryError("INTERNAL", `Internal error in request ${request.id}.`);
        if (known.code === "UNAUTHENTICATED") reply.header("www-authenticate", "Bearer");
        return reply.code(known.status).send(clientError(known.code, known.message));
      }
    };

  scope.post(
    path,
    { bodyLimit: 16 * 1024 },
    answering(async (request, reply) => {
      const { who, organization } = await signedIn(request);
      const given = clientOf(request.body);
      const role = { role: "organization", organization, targets: [] } as const;
      const { clientId, clientSecret } = await keys.issue({ ...role, ...given }, who.key);
      return reply.code(201).send({
        name: given.name,
        description: given.description ?? "",
        client_id: clientId,
        client_secret: clientSecret,
      });
    }),
  );

  scope.get(
    path,
    answering(async (request) => {
      const { organization } = await signedIn(request);
      return (await registry.keys()).filter((key) => isClientOf(key, organization)).map(view);
    }),
  );

  scope.get(
    `${path}/:id`,
    answering(async (request) => {
      const { organization } = await signedIn(request);
      return view(await find((request.params as { id: string }).id, organization));
    }),
  );

  scope.delete(
    `${path}/:id`,
    answering(async (request, reply) => {
      const { who, organization } = await signedIn(request);
      const { id } = await find((request.params as { id: string }).id, organization);
      await registry.revokeKey(id, { at: clock.now(), actor: who.key, action: "key.revoke", object: id, detail: null });
      authenticator.forget(id);
      return reply.code(204).send();
    }),
  );
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
class ClientNotFound extends Error {
  readonly answer = { error: "There is no such client, or this key may not see it.", code: "CLIENT_NOT_FOUND" };
}

/** In the form of the vendor's service. */
export const clientError = (code: ErrorCode, sentence: string) => ({
  error: sentence,
  code: errorStatus[code] === 400 ? "INVALID_REQUEST" : code,
});
