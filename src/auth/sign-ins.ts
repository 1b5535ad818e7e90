// The use cases of OAuth: a person consents with a key, an app trades what it got, and either ends it. Knows nothing of HTTP. The
// person's key decides what the app may see, so a token never opens more than its key.

import type { Clock, Random } from "../clock.ts";
import { BelfryError } from "../errors.ts";
import { judgeRefreshToken, type SignIn } from "../model/sign-in.ts";
import type { AuditEntry, KeyRecord } from "../store/registry.ts";
import type { SignInStore, Trade } from "../store/sign-ins.ts";
import { tokenLifetime, type Tokens } from "./access-tokens.ts";
import type { ClientCredentials } from "./api-keys.ts";
import { createGuessLimiter, type GuessLimiter } from "./guess-limiter.ts";
import type { LiveTokens } from "./live-tokens.ts";
import { challengeOf } from "./pkce.ts";
import { publicClient } from "./public-client.ts";
import { createSecrets } from "./sign-in-secrets.ts";

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

export interface SignInsDeps {
  readonly store: SignInStore;
  readonly tokenKey: Uint8Array;
  readonly tokens: Tokens;
  readonly live: LiveTokens;
  readonly guesses: GuessLimiter;
  readonly check: (id: string, secret: string, address: string) => Promise<KeyRecord | null>;
  readonly validKey: (id: string) => Promise<KeyRecord | null>;
  readonly clock: Clock;
  readonly random: Random;
  readonly signInMs: number;
}

/** A person carries an out-of-band code over by hand. */
const codeMs = 600_000;
/** Of one key, and refreshes of one sign-in: in a row, and one more each second. */
const often = { allowance: 60, forgetOne: 1_000 };

export function createSignIns(deps: SignInsDeps): SignIns {
  const { store, tokens, live, guesses, validKey, check, clock, signInMs } = deps;
  const secrets = createSecrets(deps.tokenKey, deps.random);
  const pace = createGuessLimiter(clock, often);

  const keepPace = (who: string): void => {
    if (pace.blocks(who)) throw new BelfryError("TOO_MANY_REQUESTS", "Too many sign-ins in a row. Wait a minute.");
    pace.failed(who);
  };
  const knows = async (client: string): Promise<boolean> =>
    client === publicClient || (await validKey(client)) !== null;
  const audit = (action: string, actor: string, object: string, detail: object): AuditEntry => ({
    at: clock.now(),
    actor,
    action,
    object,
    detail: JSON.stringify(detail),
  });
  const begin = async (key: KeyRecord, client: string, refreshHash: Uint8Array | null, more: Partial<SignIn>) => {
    keepPace(key.id);
    const now = clock.now();
    const blank = { key: key.id, client, redirect: null, challenge: null, codeHash: null, generation: 0, used: 0 };
    const until = now + (refreshHash === null ? codeMs : signInMs);
    const redeemed = refreshHash !== null;
    const signIn: SignIn = { id: secrets.newId(), ...blank, redeemed, createdAt: now, until, ...more };
    await store.addSignIn(signIn, refreshHash, audit("sign_in.create", key.id, signIn.id, { client }));
    return signIn;
  };
  const give = ({ id, key, generation }: SignIn, refreshToken: string): Granted => ({
    accessToken: tokens.issue(key, clock.now(), { id, generation }),
    refreshToken,
    expiresIn: tokenLifetime,
  });

  /** Trades a code or a refresh token; only what was never given out counts as a guess. */
  const trade = async (
    text: string,
    client: string,
    address: string,
    perform: (id: string, renewal: { hash: Uint8Array; now: number; until: number }) => Promise<Trade>,
  ): Promise<Granted | null> => {
    const granted = await guesses.limited(`${address} code ${client}`, async () => {
      const id = secrets.idOf(text);
      const before = id === null ? null : await store.signIn(id);
      if (id === null || before === null) return "forged";
      if ((await validKey(before.key)) === null) return null;
      const fresh = secrets.next(id, "refresh");
      const now = clock.now();
      const traded = await perform(id, { hash: fresh.hash, now, until: now + signInMs });
      live.forgetSignIn(id);
      if (traded === "reused") return null;
      return traded === "refused" ? "forged" : give(traded, fresh.text);
    });
    return granted;
  };

  /** The token, whatever kind it is. */
  const find = async (text: string): Promise<Found | "forged" | null> => {
    const id = secrets.idOf(text);
    if (id === null) {
      const found = await live.read(text);
      if (found === null || found === "forged") return found;
      const { token, key, signIn } = found;
      const facts = {
        client: signIn?.client ?? key.id,
        key: key.id,
        issuedAt: token.issuedAt,
        expiresAt: token.expiresAt,
      };
      return { facts: { kind: "access", ...facts }, signIn: signIn?.id ?? null, token: token.id, counts: true };
    }
    const signIn = await store.signIn(id);
    const generation = await store.refreshGeneration(id, secrets.hash("refresh", text));
    if (signIn === null || generation === null) return "forged";
    const { client, key, createdAt, until } = signIn;
    const counts = judgeRefreshToken(signIn, generation, client, clock.now()) === "good";
    const alive = counts && (await validKey(key)) !== null && (await knows(client));
    const times = { issuedAt: Math.floor(createdAt / 1000), expiresAt: Math.floor(until / 1000) };
    return { facts: { kind: "refresh", client, key, ...times }, signIn: id, token: id, counts: alive };
  };
  const findLimited = (text: string, address: string) => guesses.limited(`${address} token`, () => find(text));

  return {
    knows,
    async isClient(client, secret, address) {
      if (client === publicClient) return true;
      if (secret === null || secret === "") return knows(client);
      return (await check(client, secret, address)) !== null;
    },
    async consent({ client, redirect, challenge }, { id, secret }, address) {
      const key = await check(id, secret, address);
      if (key === null) return null;
      const code = secrets.next(secrets.newId(), "code");
      await begin(key, client, null, { id: code.id, redirect, challenge, codeHash: code.hash });
      return code.text;
    },
    redeem({ code, client, redirect, verifier }, address) {
      const proof = { client, redirect, challenge: challengeOf(verifier) };
      const hash = secrets.hash("code", code);
      return trade(code, client, address, (id, renewal) => store.redeemCode(id, hash, proof, renewal));
    },
    refresh(refreshToken, client, address) {
      const hash = secrets.hash("refresh", refreshToken);
      return trade(refreshToken, client, address, (id, renewal) => {
        keepPace(id);
        return store.tradeRefreshToken(id, hash, client, renewal);
      });
    },
    async signIn(client, { id, secret }, address) {
      const key = await check(id, secret, address);
      if (key === null) return null;
      const refresh = secrets.next(secrets.newId(), "refresh");
      return give(await begin(key, client, refresh.hash, { id: refresh.id }), refresh.text);
    },
    async revoke(text, client, address) {
      const found = await findLimited(text, address);
      if (found === null) return "done";
      const { facts, signIn, token } = found;
      if (client !== null && client !== facts.client) return "foreign";
      if (signIn === null) {
        const entry = audit("token.revoke", facts.key, token, {});
        await store.revokeToken(token, facts.expiresAt * 1000, entry);
        live.forgetToken(token);
        return "done";
      }
      const entry = audit("sign_in.end", facts.key, signIn, { reason: "revoked", client: facts.client });
      await store.endSignIn(signIn, entry);
      live.forgetSignIn(signIn);
      return "done";
    },
    async introspect(text, asker, address) {
      const found = await findLimited(text, address);
      if (found === null || !found.counts) return null;
      return found.facts.key === asker || found.facts.client === asker ? found.facts : null;
    },
  };
}

interface Found {
  readonly facts: TokenFacts;
  /** null: no sign-in gave it. */
  readonly signIn: string | null;
  /** Its own id. */
  readonly token: string;
  readonly counts: boolean;
}
