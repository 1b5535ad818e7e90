// Who asks: a key or an access token becomes a principal. What is known of a key is kept for a moment, and forgotten when it is
// revoked: here, or by another process [brief-cache.ts].

import { hash } from "node:crypto";
import type { Clock, Random } from "../clock.ts";
import { ownText } from "../own-text.ts";
import { sameBytes } from "../same-secret.ts";
import type { KeyRecord, Registry } from "../store/registry.ts";
import type { SignInStore } from "../store/sign-ins.ts";
import { createTokens, tokenLifetime } from "./access-tokens.ts";
import { checks, type ClientCredentials, type KeyMaker, parseKey } from "./api-keys.ts";
import type { Authenticator } from "./authenticator-port.ts";
import { bearerIn } from "./bearer.ts";
import { type BriefCaches, createBriefCache, createBriefCaches, keepMs, kept } from "./brief-cache.ts";
import { createGrants } from "./grants.ts";
import { createGuessLimiter } from "./guess-limiter.ts";
import { createSessions, type HomeSessions, type LinkHomes } from "./console-sessions.ts";
import { createPortalLinks, type PortalLinks } from "./portal-links.ts";
import { principalOf } from "./principal-of.ts";
import { publicClient } from "./public-client.ts";
import { createLiveTokens, type LiveTokens } from "./live-tokens.ts";
import { createSecrets } from "./sign-in-secrets.ts";
import type { SignIns } from "./sign-ins.ts";
import { createTokenState } from "./token-state.ts";

export interface AuthenticatorDeps {
  readonly registry: Registry;
  readonly signIns: SignInStore;
  readonly keys: KeyMaker;
  readonly tokenKey: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
  /** The building in which this tenant lives now; null: there is no such tenant. */
  readonly home: (organization: string, tenant: string) => Promise<string | null>;
  /** How long a sign-in lasts that is not refreshed, ms. */
  readonly signInMs?: number;
  readonly linkHomes?: LinkHomes;
  /** Where other processes change keys and sign-ins as well. */
  readonly caches?: BriefCaches;
}

export interface KeyAuthenticator extends Authenticator {
  /** Reads this key, sign-in or token anew at its next use. */
  forget(id: string): void;
  forgetAll(): void;
}

const longest = 4_096;
const clientForm = /^client_[0-9A-Za-z]{27}$/;
const year = 366 * 86_400_000;

/** `signIns`: sign-ins of people by OAuth, whose tokens it knows. `sessions`: those of the console. `portals`: links for customers, which
 * `principal` does not know: only the operator API takes them. */
export function createAuthenticator(
  deps: AuthenticatorDeps,
): KeyAuthenticator & { readonly signIns: SignIns; readonly sessions: HomeSessions; readonly portals: PortalLinks } {
  const { registry, keys, clock, random, caches = createBriefCaches(), signInMs = year } = deps;
  const tokens = createTokens(deps.tokenKey, random);
  const guesses = createGuessLimiter(clock);
  const known = createBriefCache(clock, (id) => registry.key(id), caches);
  const proven = createProven(clock);

  const validKey = async (id: string): Promise<KeyRecord | null> => {
    const record = clientForm.test(id) ? await known.get(id) : null;
    return record === null || record.revokedAt !== null ? null : record;
  };
  const live: LiveTokens = createLiveTokens({ tokens, signIns: deps.signIns, validKey, clock, caches });

  const verify = async (credentials: ClientCredentials): Promise<KeyRecord | "forged"> => {
    const found = checks(credentials) && clientForm.test(credentials.id) ? await known.get(credentials.id) : null;
    // Hashed even where there is nothing to compare, so that the time does not tell which ids exist.
    const hash = keys.hash(credentials);
    return found !== null && sameBytes(hash, found.hash) ? found : "forged";
  };

  /** The valid key with this id and secret. */
  const check = async (id: string, secret: string, address: string): Promise<KeyRecord | null> => {
    const credentials = { id: ownText(id.slice(0, 128)), secret: secret.slice(0, 128) };
    const record = await guesses.limited(`${address} ${credentials.id}`, () => verify(credentials));
    return record === null || record.revokedAt !== null ? null : record;
  };

  const knows = async (client: string): Promise<boolean> =>
    client === publicClient || (await validKey(client)) !== null;
  const secrets = createSecrets(deps.tokenKey, random);
  const parts = {
    ...deps,
    caches,
    store: deps.signIns,
    secrets,
    tokens,
    live,
    guesses,
    check,
    validKey,
    knows,
    signInMs,
  };

  return {
    signIns: { knows, ...createGrants(parts), ...createTokenState(parts) },
    sessions: createSessions(parts),
    portals: createPortalLinks(parts),

    async principal(authorization, address = "") {
      const text = bearerIn(authorization);
      if (text === null || text.length > longest) return null;
      const digest = hash("sha256", text, "base64");
      const id = proven.get(digest);
      // Whether it still counts is asked each time.
      if (id !== null) return principalOf(await validKey(id));
      const credentials = parseKey(text);
      const key = await guesses.limited(`${address} ${credentials?.id ?? claimed(text)}`, async () => {
        if (credentials === null) return live.use(text);
        const record = await verify(credentials);
        if (record !== "forged") proven.add(digest, record.id);
        return record;
      });
      return principalOf(key !== null && "token" in key ? key.key : key);
    },

    async login(clientId, clientSecret, address = "") {
      const principal = principalOf(await check(clientId, clientSecret, address));
      if (principal === null) return null;
      return { accessToken: tokens.issue(clientId, clock.now()), expiresIn: tokenLifetime, principal };
    },

    forget: caches.forget,
    forgetAll: caches.forgetAll,
  };
}

interface Proven {
  /** The id of a key that was right a moment ago, or null. */
  get(digest: string): string | null;
  add(digest: string, id: string): void;
}

/** Keys that were right a moment ago, by their digest: the keyed hash behind them is dear, and callers come again. */
function createProven(clock: Clock): Proven {
  const proven = new Map<string, { readonly id: string; readonly until: number }>();
  return {
    get(digest) {
      const found = proven.get(digest);
      return found !== undefined && found.until > clock.monotonic() ? found.id : null;
    },
    add(digest, id) {
      proven.delete(digest);
      proven.set(digest, { id, until: clock.monotonic() + keepMs });
      if (proven.size > kept) proven.delete(proven.keys().next().value!);
    },
  };
}

/** The client id that a text claims to come from, unproven: only to tell one guesser from another. It is kept, the text is
 * not. */
function claimed(text: string): string {
  const key = /client_[0-9A-Za-z]{27}/.exec(text)?.[0];
  if (key !== undefined) return ownText(key);
  try {
    const { sub } = JSON.parse(Buffer.from(text.split(".")[1] ?? "", "base64url").toString()) as { sub?: unknown };
    return typeof sub === "string" ? ownText(sub.slice(0, 64)) : "";
  } catch {
    return "";
  }
}
