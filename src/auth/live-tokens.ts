// Whether an access token still counts: its key, its app and its sign-in must. Notes the first use of each generation, by which
// the refresh token before it ends.

import type { Clock } from "../clock.ts";
import { BelfryError } from "../errors.ts";
import type { SignIn } from "../model/sign-in.ts";
import type { KeyRecord } from "../store/registry.ts";
import type { SignInStore } from "../store/sign-ins.ts";
import type { AccessToken, Tokens } from "./access-tokens.ts";
import { type BriefCaches, createBriefCache } from "./brief-cache.ts";
import { publicClient } from "./public-client.ts";

export interface LiveToken {
  readonly token: AccessToken;
  readonly key: KeyRecord;
  /** null: given for a key's id and secret alone. */
  readonly signIn: SignIn | null;
}

export interface LiveTokens {
  /** null: it was good once, and is no more. `forged`: it never was. */
  read(text: string): Promise<LiveToken | "forged" | null>;
  /** Like `read`, for a request that the token lets in. */
  use(text: string): Promise<LiveToken | "forged" | null>;
  /** The sign-in has changed or ended. */
  forgetSignIn(id: string): void;
  /** The token was revoked. */
  forgetToken(id: string): void;
}

export interface LiveTokensDeps {
  readonly tokens: Tokens;
  readonly signIns: SignInStore;
  /** null: there is none, or it was revoked. */
  readonly validKey: (id: string) => Promise<KeyRecord | null>;
  readonly clock: Clock;
  readonly caches?: BriefCaches;
}

export function createLiveTokens({ tokens, signIns, validKey, clock, caches }: LiveTokensDeps): LiveTokens {
  const known = createBriefCache(clock, (id) => signIns.signIn(id), caches);
  const revoked = createBriefCache(clock, (id) => signIns.isTokenRevoked(id), caches);

  const read = async (text: string): Promise<LiveToken | "forged" | null> => {
    const token = tokens.verify(text, clock.now());
    if (token === "forged") return "forged";
    const key = token === "expired" ? null : await validKey(token.clientId);
    if (token === "expired" || key === null) return null;
    if (token.signIn === null) return (await revoked.get(token.id)) ? null : { token, key, signIn: null };
    const signIn = await known.get(token.signIn.id);
    if (signIn === null || signIn.key !== key.id) return null;
    const isClientGone = signIn.client !== publicClient && (await validKey(signIn.client)) === null;
    return isClientGone ? null : { token, key, signIn };
  };

  const noteUse = async ({ token, signIn }: LiveToken): Promise<void> => {
    if (signIn === null || token.signIn === null || token.signIn.generation <= signIn.used) return;
    try {
      await signIns.noteUse(signIn.id, token.signIn.generation);
      known.forget(signIn.id);
    } catch (error) {
      // A full disk must not lock readers out; the next use notes it.
      if (!(error instanceof BelfryError && error.code === "UNAVAILABLE")) throw error;
    }
  };

  return {
    read,
    async use(text) {
      const live = await read(text);
      if (live !== null && live !== "forged") await noteUse(live);
      return live;
    },
    forgetSignIn: known.forget,
    forgetToken: revoked.forget,
  };
}
