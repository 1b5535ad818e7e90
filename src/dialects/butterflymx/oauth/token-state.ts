// POST /oauth/revoke [RFC 7009] and POST /oauth/introspect [RFC 7662]. Both say nothing of tokens that are none of the caller's
// business.

import type { HttpReply } from "../../../http/scope.ts";
import { answer, invalidRequest, refuse } from "./answers.ts";
import type { OauthDeps } from "./deps.ts";
import { type Parameters, readClient } from "./parameters.ts";

/** Whoever holds a token may end it. Where an app names itself, it must be the one that the token was given to. */
export async function answerRevoke(
  { signIns }: OauthDeps,
  parameters: Parameters,
  authorization: string | undefined,
  address: string,
  reply: HttpReply,
): Promise<HttpReply> {
  const token = parameters.get("token");
  if (token === undefined) return invalidRequest(reply, "Missing required parameter: token.");
  const client = readClient(parameters, authorization);
  if (client === "unreadable") return refuse(reply, "invalid_client");
  if (client !== null && !(await signIns.isClient(client.id, client.secret, address))) {
    return refuse(reply, "invalid_client");
  }
  const done = await signIns.revoke(token, client?.id ?? null, address);
  return done === "foreign" ? refuse(reply, "unauthorized_client") : answer(reply, 200, {});
}

/** The caller shows a key or an access token as bearer, or a key's id and secret. */
export async function answerIntrospect(
  { authenticator, signIns }: OauthDeps,
  parameters: Parameters,
  authorization: string | undefined,
  address: string,
  reply: HttpReply,
): Promise<HttpReply> {
  const asker = await askerOf(authenticator, parameters, authorization, address);
  if (asker === null) return refuse(reply, "invalid_client");
  const token = parameters.get("token");
  if (token === undefined) return invalidRequest(reply, "Missing required parameter: token.");
  const facts = await signIns.introspect(token, asker, address);
  if (facts === null) return answer(reply, 200, { active: false });
  return answer(reply, 200, {
    active: true,
    scope: "public",
    client_id: facts.client,
    sub: facts.key,
    token_type: facts.kind === "access" ? "Bearer" : "refresh_token",
    iat: facts.issuedAt,
    exp: facts.expiresAt,
  });
}

/** The id of the key that asks. */
async function askerOf(
  authenticator: OauthDeps["authenticator"],
  parameters: Parameters,
  authorization: string | undefined,
  address: string,
): Promise<string | null> {
  if (/^bearer /i.test(authorization ?? ""))
    return (await authenticator.principal(authorization, address))?.key ?? null;
  const client = readClient(parameters, authorization);
  if (client === null || client === "unreadable" || client.secret === null) return null;
  return (await authenticator.login(client.id, client.secret, address))?.principal.key ?? null;
}
