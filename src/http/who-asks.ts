// Who asks at the operator API: by the key, access token or portal link of `Authorization`, else by the cookie of a session. A session reads
// with the cookie alone, and changes something only where the request shows its CSRF token, too.

import type { Authenticator } from "../auth/authenticator-port.ts";
import type { PortalLinks } from "../auth/portal-links.ts";
import type { Sessions } from "../auth/sessions.ts";
import { BelfryError } from "../errors.ts";
import type { Principal } from "../model/principal.ts";
import { sameText } from "../same-secret.ts";
import type { HttpRequest } from "./scope.ts";

/** null: nobody that is known. Throws FORBIDDEN, TOO_MANY_REQUESTS. */
export type WhoAsks = (request: HttpRequest) => Promise<Principal | null>;

export const csrfHeader = "x-csrf-token";

const reads: ReadonlySet<string> = new Set(["GET", "HEAD"]);

export function createWhoAsks(
  authenticator: Pick<Authenticator, "principal">,
  sessions: Sessions,
  portals: Pick<PortalLinks, "isMeant" | "principal">,
): WhoAsks {
  return async (request) => {
    const { authorization } = request.headers;
    if (authorization !== undefined) {
      if (portals.isMeant(authorization)) return portals.principal(authorization);
      return authenticator.principal(authorization, request.ip);
    }
    const token = cookieOf(request, sessions.cookie);
    const session = token === null ? null : await sessions.read(token);
    if (session === null) return null;
    if (reads.has(request.method)) return session.principal;
    const given = request.headers[csrfHeader];
    if (typeof given === "string" && sameText(given, session.csrf)) return session.principal;
    throw new BelfryError(
      "FORBIDDEN",
      `A session changes something only with the csrf_token of GET /v1/session in the header ${csrfHeader}.`,
    );
  };
}

/** The value of a cookie [RFC 6265 §4.2]; null: it was not sent. */
export function cookieOf({ headers }: Pick<HttpRequest, "headers">, name: string): string | null {
  for (const pair of (headers.cookie ?? "").split(";")) {
    const [key = "", value] = pair.split("=", 2);
    if (key.trim() === name && value !== undefined) return value.trim();
  }
  return null;
}
