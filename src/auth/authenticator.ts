// Who asks: a key or an access token becomes a principal. What is known of a key is kept for a moment, so that a
// revocation counts within seconds on every node and at once on the one that made it.

import { hash } from "node:crypto";
import type { Clock, Random } from "../clock.ts";
import { BelfryError } from "../errors.ts";
import type { Principal } from "../model/principal.ts";
import { ownText } from "../own-text.ts";
import type { KeyRecord, Registry } from "../store/registry.ts";
import { createGuessLimiter } from "./guess-limiter.ts";
import { checks, type ClientCredentials, type KeyMaker, parseKey, sameHash } from "./api-keys.ts";
import type { Authenticator } from "./authenticator-port.ts";
import { createTokens, tokenLifetime } from "./access-tokens.ts";

export interface AuthenticatorDeps {
  readonly registry: Registry;
  readonly keys: KeyMaker;
  readonly tokenKey: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
}

export interface KeyAuthenticator extends Authenticator {
  /** Reads this key anew at its next use. */
  forget(clientId: string): void;
}

/** Together with the read itself well under the 5 s within which a revocation must count. */
const keepMs = 3_000;
const kept = 10_000;
const longest = 4_096;
const clientForm = /^client_[0-9A-Za-z]{27}$/;

export function createAuthenticator(deps: AuthenticatorDeps): KeyAuthenticator {
  const { registry, keys, clock } = deps;
  const tokens = createTokens(deps.tokenKey, deps.random);
  const guesses = createGuessLimiter(clock);
  const cache = new Map<string, { readonly record: Promise<KeyRecord | null>; readonly until: number }>();
  /** Keys that were right a moment ago, by their digest: the keyed hash behind them is dear, and callers come again. */
  const proven = new Map<string, { readonly id: string; readonly until: number }>();

  const find = (id: string): Promise<KeyRecord | null> => {
    const now = clock.monotonic();
    const found = cache.get(id);
    if (found !== undefined && found.until > now) return found.record;
    const record = registry.key(id);
    cache.delete(id);
    cache.set(id, { record, until: now + keepMs });
    if (cache.size > kept) cache.delete(cache.keys().next().value!);
    // A failed read must not be remembered as an answer.
    record.catch(() => cache.delete(id));
    return record;
  };

  const verify = async (credentials: ClientCredentials): Promise<KeyRecord | null> => {
    const known = checks(credentials) && clientForm.test(credentials.id) ? await find(credentials.id) : null;
    // Hashed even where there is nothing to compare, so that the time does not tell which ids exist.
    const hash = keys.hash(credentials);
    return known !== null && sameHash(hash, known.hash) ? known : null;
  };

  /** Runs a check under the guess limiter; only `forged` counts as a guess. Who has the right key is never held up by those who
   * guess at it, also where all come from one address, as from a proxy: a guess among 2^256 needs no other hindrance. */
  const limited = async <Result>(caller: string, check: () => Promise<Result | "forged">): Promise<Result | null> => {
    const result = await check();
    if (result !== "forged") return result;
    if (guesses.blocks(caller)) {
      throw new BelfryError(
        "TOO_MANY_REQUESTS",
        "Too many wrong keys were tried. Wait a minute, then send the right one.",
      );
    }
    guesses.failed(caller);
    return null;
  };

  const isProven = (digest: string): string | null => {
    const found = proven.get(digest);
    return found !== undefined && found.until > clock.monotonic() ? found.id : null;
  };

  const prove = (digest: string, id: string): void => {
    proven.delete(digest);
    proven.set(digest, { id, until: clock.monotonic() + keepMs });
    if (proven.size > kept) proven.delete(proven.keys().next().value!);
  };

  return {
    async principal(authorization, address = "") {
      const text = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
      if (text === undefined || text.length > longest) return null;
      const digest = hash("sha256", text, "base64");
      const id = isProven(digest);
      if (id !== null) {
        // Whether it still counts is asked each time.
        const record = await find(id);
        return record === null ? null : valid(record);
      }
      const credentials = parseKey(text);
      return limited(`${address} ${credentials?.id ?? claimed(text)}`, async () => {
        if (credentials !== null) {
          const record = await verify(credentials);
          if (record === null) return "forged";
          prove(digest, record.id);
          return valid(record);
        }
        const token = tokens.verify(text, clock.now());
        if (token === "forged") return "forged";
        const record = token === "expired" ? null : await find(token.clientId);
        return record === null ? null : valid(record);
      });
    },

    async login(clientId, clientSecret, address = "") {
      const credentials = { id: ownText(clientId.slice(0, 128)), secret: clientSecret.slice(0, 128) };
      return limited(`${address} ${credentials.id}`, async () => {
        const record = await verify(credentials);
        const principal = record === null ? null : valid(record);
        if (principal === null) return record === null ? "forged" : null;
        return { accessToken: tokens.issue(clientId, clock.now()), expiresIn: tokenLifetime, principal };
      });
    },

    forget: (clientId) => void cache.delete(clientId),
  };
}

function valid(record: KeyRecord): Principal | null {
  if (record.revokedAt !== null) return null;
  return { key: record.id, role: record.role, organization: record.organization, targets: record.targets };
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
