// Port: the use cases of OAuth. A person consents with a key, an app trades what it got, and either ends it. Knows nothing of HTTP.
// The person's key decides what the app may see, so a token never opens more than its key.

import type { ClientCredentials } from "./api-keys.ts";

export interface Granted {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** What a token says to whom it may. Times are epoch seconds. */
export interface TokenFacts {
  readonly kind: "access" | "refresh";
  readonly client: string;
  readonly key: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** `address`: where the request came from. Each throws TOO_MANY_REQUESTS after too many wrong guesses or too many sign-ins, and
 * UNAVAILABLE while nothing can be written. */
export interface SignIns {
  /** Whether an app may use this client id: it is `belfry`, or that of a valid key. */
  knows(client: string): Promise<boolean>;
  /** Whether an app is whom it says. The public client has no secret; that of a key may be left out, but not be wrong. */
  isClient(client: string, secret: string | null, address: string): Promise<boolean>;
  /** A code for the app; null: the key is wrong. */
  consent(
    asked: { readonly client: string; readonly redirect: string; readonly challenge: string },
    credentials: ClientCredentials,
    address: string,
  ): Promise<string | null>;
  /** null: the code is unknown, over, used, or for another app, redirect or verifier. */
  redeem(
    given: { readonly code: string; readonly client: string; readonly redirect: string; readonly verifier: string },
    address: string,
  ): Promise<Granted | null>;
  /** null: the refresh token is unknown, over, or somebody else has it too. */
  refresh(refreshToken: string, client: string, address: string): Promise<Granted | null>;
  /** The password grant; null: the key is wrong. */
  signIn(client: string, credentials: ClientCredentials, address: string): Promise<Granted | null>;
  /** Ends everything that the sign-in behind this token gave. `client`: who says so, null where nobody is named.
   * `foreign`: it is another app's, and nothing was done. */
  revoke(token: string, client: string | null, address: string): Promise<"done" | "foreign">;
  /** null: it does not count, or is none of this key's business. `asker`: the id of a key. */
  introspect(token: string, asker: string, address: string): Promise<TokenFacts | null>;
}
