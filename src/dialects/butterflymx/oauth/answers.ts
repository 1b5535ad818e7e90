// Answers of the token endpoints, in the words of the library behind the vendor's own [Doorkeeper; butterflymx.md §1]: clients
// compare `error`, people read the description.

import type { Granted } from "../../../auth/sign-ins.ts";
import type { HttpReply } from "../../../http/scope.ts";

const descriptions = {
  invalid_client:
    "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.",
  invalid_grant:
    "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.",
  unsupported_grant_type:
    "The authorization grant type is not supported by the authorization server. Use authorization_code, refresh_token, client_credentials or password.",
  unauthorized_client: "You are not authorized to revoke this token.",
} as const;

const statuses = {
  invalid_client: 401,
  invalid_grant: 400,
  unsupported_grant_type: 400,
  unauthorized_client: 403,
} as const;

/** A refusal whose words are fixed, so that it says nothing of why. */
export function refuse(reply: HttpReply, error: keyof typeof descriptions): HttpReply {
  if (error === "invalid_client") reply.header("www-authenticate", 'Basic realm="belfry"');
  return answer(reply, statuses[error], { error, error_description: descriptions[error] });
}

export function invalidRequest(reply: HttpReply, description: string, status = 400): HttpReply {
  return answer(reply, status, { error: "invalid_request", error_description: description });
}

/** For now only: clients try again after `retry-after` seconds and keep what they have. */
export function later(reply: HttpReply, status: number, description: string): HttpReply {
  return answer(reply, status, { error: "temporarily_unavailable", error_description: description });
}

/** `refreshToken`: null where the grant gives none. `now`: epoch ms. */
export function grant(
  reply: HttpReply,
  { accessToken, refreshToken, expiresIn }: Omit<Granted, "refreshToken"> & { readonly refreshToken: string | null },
  now: number,
): HttpReply {
  return answer(reply, 200, {
    access_token: accessToken,
    token_type: "Bearer",
    expires_in: expiresIn,
    ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
    scope: "public",
    created_at: Math.floor(now / 1000),
  });
}

/** Tokens and what is said about them are nobody's to keep [RFC 6749 §5.1]. */
export function answer(reply: HttpReply, status: number, body: object): HttpReply {
  return reply.code(status).header("cache-control", "no-store").header("pragma", "no-cache").send(body);
}
