// Port: sessions of the console. A key, or a link that somebody with a key made, is traded for a token that a browser keeps in a
// cookie. A session never opens more than its key and ends with it. Knows nothing of HTTP, and keeps no token.

import type { Principal } from "../model/principal.ts";

export interface Session {
  readonly principal: Principal;
  /** What a write must show beside the cookie: a page of another site can make a browser send the cookie, and cannot read this. */
  readonly csrf: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export interface OpenedSession extends Session {
  readonly token: string;
}

export interface SignInLink {
  readonly token: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** `address`: where the request came from. Trades throw TOO_MANY_REQUESTS after too many wrong guesses. */
export interface Sessions {
  /** The name of its cookie. Two installations on one host have two names, since browsers do not tell ports apart. */
  readonly cookie: string;
  /** null: it is not a valid key. */
  open(key: string, address: string): Promise<OpenedSession | null>;
  /** null: the link is unknown, over or used. */
  redeem(link: string, address: string): Promise<OpenedSession | null>;
  /** A link that signs in once as the key of this `Authorization`; null: that is no valid key. An access token makes none: the
   * session would outlive it. */
  makeLink(authorization: string | undefined, address: string): Promise<SignInLink | null>;
  /** null: it is over, ended, or no session. */
  read(token: string): Promise<Session | null>;
  /** Ends it everywhere, at once on this node. Nothing to end is no error. */
  end(token: string): Promise<void>;
}
