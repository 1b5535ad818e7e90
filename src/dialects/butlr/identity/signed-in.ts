// Whose token a request brings, asked before its body is read: whoever has none learns nothing, not even about a broken body,
// and no body is read for a role that may not use this API.

import type { Authenticator } from "../../../auth/authenticator-port.ts";
import { readers } from "../../../auth/authorize.ts";
import { BelfryError } from "../../../errors.ts";
import type { HttpReply, HttpRequest } from "../../../http/scope.ts";
import type { Principal } from "../../../model/principal.ts";

export interface SignedIn {
  /** For each route that needs a token. Throws UNAUTHENTICATED and FORBIDDEN. */
  onRequest(request: HttpRequest, reply: HttpReply): Promise<void>;
  /** Of a request that has passed it. */
  who(request: HttpRequest): Principal;
}

export function createSignedIn(authenticator: Authenticator): SignedIn {
  return {
    async onRequest(request, reply) {
      const who = await authenticator.principal(request.headers.authorization, request.ip);
      if (who === null) {
        reply.header("www-authenticate", "Bearer");
        const message = "A valid access token is required: Authorization: Bearer <token>, from /api/v2/clients/login.";
        throw new BelfryError("UNAUTHENTICATED", message);
      }
      if (!readers.includes(who.role)) throw new BelfryError("FORBIDDEN", "This key may not read this.");
      request.who = who;
    },
    who: (request) => request.who!,
  };
}
