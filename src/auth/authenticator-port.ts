// Port: who asks? Every API of Belfry asks here. Knows nothing of HTTP.

import type { Principal } from "../model/principal.ts";

/** `address` is where the request came from: wrong guesses slow down only the address that makes them. Both functions
 * throw TOO_MANY_REQUESTS after too many wrong guesses. */
export interface Authenticator {
  /** The principal behind `Authorization: Bearer …` (a key or an access token), or null. */
  principal(authorization: string | undefined, address?: string): Promise<Principal | null>;
  /** Trades client id and secret for an access token, or null when they do not fit. `expiresIn` in seconds. */
  login(
    clientId: string,
    clientSecret: string,
    address?: string,
  ): Promise<{ readonly accessToken: string; readonly expiresIn: number; readonly principal: Principal } | null>;
}
