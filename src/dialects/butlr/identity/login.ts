// `POST /api/v2/clients/login`: client id and secret against an access token, in the form of the identity provider that
// Butlr's clients talk to [butlr.md §8].

import type { Authenticator } from "../../../auth/authenticator-port.ts";
import type { HttpScope } from "../../../http/scope.ts";
import { mayManage, mayRead, type Principal } from "../../../model/principal.ts";

const fields = ["client_id", "client_secret", "audience", "grant_type"] as const;

export function loginRoute(scope: HttpScope, authenticator: Authenticator): void {
  scope.post("/api/v2/clients/login", { bodyLimit: 16 * 1024 }, async (request, reply) => {
    reply.header("cache-control", "no-store");
    const refuse = (status: number, error: string, sentence: string) =>
      reply.code(status).send({ error, error_description: sentence });

    const body: unknown = request.body;
    if (typeof body !== "object" || body === null || Array.isArray(body)) {
      return refuse(400, "invalid_request", `The body must be a JSON object with ${fields.join(", ")}.`);
    }
    const given = body as Record<string, unknown>;
    const missing = fields.filter((field) => typeof given[field] !== "string" || given[field] === "");
    if (missing.length > 0) {
      return refuse(400, "invalid_request", `Missing or not a text: ${missing.join(", ")}.`);
    }
    // One installation is one audience, so any is as good as Butlr's own.
    const { client_id, client_secret, grant_type } = given as Record<(typeof fields)[number], string>;
    if (grant_type !== "client_credentials") {
      return refuse(400, "unsupported_grant_type", "The grant_type must be client_credentials.");
    }
    const session = await authenticator.login(client_id, client_secret, request.ip);
    if (session === null)
      return refuse(401, "access_denied", "There is no client with this client_id and client_secret.");
    return {
      access_token: session.accessToken,
      scope: scopeOf(session.principal),
      expires_in: session.expiresIn,
      token_type: "Bearer",
    };
  });
}

/** What goes wrong before the route runs, in the same form. */
export const loginError = (code: string, sentence: string) => ({
  error: code === "INTERNAL" ? "server_error" : "invalid_request",
  error_description: sentence,
});

/** Scopes that the vendor gives to its clients; it has none for webhooks. Nothing here depends on them. */
function scopeOf(who: Principal): string {
  const organization = who.organization ?? "";
  const verbs = mayManage(who, organization) ? ["read", "write", "delete"] : mayRead(who, organization) ? ["read"] : [];
  return verbs.flatMap((verb) => ["spaces", "rooms", "sensors", "hives"].map((noun) => `${verb}:${noun}`)).join(" ");
}
