// What a person's key, a code or a refresh token is traded for. A trade is one transaction of the store, so of two that come at
// once one only succeeds.

import type { Clock, Random } from "../clock.ts";
import { BelfryError } from "../errors.ts";
import type { SignIn } from "../model/sign-in.ts";
import type { KeyRecord } from "../store/registry.ts";
import type { Renewal, SignInStore, Trade } from "../store/sign-ins.ts";
import { tokenLifetime, type Tokens } from "./access-tokens.ts";
import { createGuessLimiter, type GuessLimiter } from "./guess-limiter.ts";
import type { LiveTokens } from "./live-tokens.ts";
import { challengeOf } from "./pkce.ts";
import { publicClient } from "./public-client.ts";
import type { SignInSecrets } from "./sign-in-secrets.ts";
import type { Granted, SignIns } from "./sign-ins.ts";

export interface GrantsDeps {
  readonly store: SignInStore;
  readonly secrets: SignInSecrets;
  readonly tokens: Tokens;
  readonly live: Pick<LiveTokens, "forgetSignIn">;
  readonly guesses: GuessLimiter;
  /** The valid key with this id and secret; null: they are wrong. */
  readonly check: (id: string, secret: string, address: string) => Promise<KeyRecord | null>;
  /** null: there is none, or it was revoked. */
  readonly validKey: (id: string) => Promise<KeyRecord | null>;
  readonly clock: Clock;
  readonly random: Random;
  /** How long a sign-in lasts that is not refreshed, ms. */
  readonly signInMs: number;
}

/** A person carries an out-of-band code over by hand. */
const codeMs = 600_000;
/** Sign-ins of one key, and refreshes of one sign-in: in a row, and one more each second. */
const often = { allowance: 60, forgetOne: 1_000 };

type Grants = Pick<SignIns, "isClient" | "consent" | "redeem" | "refresh" | "signIn">;

export function createGrants(deps: GrantsDeps & Pick<SignIns, "knows">): Grants {
  const { store, secrets, check, knows } = deps;
  const pace = createGuessLimiter(deps.clock, often);
  const keepPace = (who: string): void => {
    if (pace.blocks(who)) throw new BelfryError("TOO_MANY_REQUESTS", "Too many sign-ins in a row. Wait a minute.");
    pace.failed(who);
  };
  const begin = createBegin(deps);
  const trade = createTrade(deps);
  return {
    async isClient(client, secret, address) {
      if (client === publicClient) return true;
      if (secret === null || secret === "") return knows(client);
      return (await check(client, secret, address)) !== null;
    },
    async consent({ client, redirect, challenge }, { id, secret }, address) {
      const key = await check(id, secret, address);
      if (key === null) return null;
      keepPace(key.id);
      const code = secrets.next(secrets.newId(), "code");
      await begin({ id: code.id, key: key.id, client, redirect, challenge, codeHash: code.hash }, null);
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
      keepPace(key.id);
      const refresh = secrets.next(secrets.newId(), "refresh");
      const nowhere = { redirect: null, challenge: null, codeHash: null };
      return give(deps, await begin({ id: refresh.id, key: key.id, client, ...nowhere }, refresh.hash), refresh.text);
    },
  };
}

type Begun = Pick<SignIn, "id" | "key" | "client" | "redirect" | "challenge" | "codeHash">;

/** `refreshHash`: of its first refresh token; null where a code comes first. */
function createBegin({ store, clock, signInMs }: GrantsDeps) {
  return async (begun: Begun, refreshHash: Uint8Array | null): Promise<SignIn> => {
    const createdAt = clock.now();
    const redeemed = refreshHash !== null;
    const until = createdAt + (redeemed ? signInMs : codeMs);
    const signIn: SignIn = { ...begun, redeemed, generation: 0, used: 0, createdAt, until };
    const { id, key, client } = begun;
    const detail = JSON.stringify({ client });
    await store.addSignIn(signIn, refreshHash, {
      at: createdAt,
      actor: key,
      action: "sign_in.create",
      object: id,
      detail,
    });
    return signIn;
  };
}

/** Trades a code or a refresh token by `perform`; only what is refused counts as a guess. */
function createTrade(deps: GrantsDeps) {
  const { store, secrets, live, guesses, validKey, clock, signInMs } = deps;
  return (
    text: string,
    client: string,
    address: string,
    perform: (id: string, renewal: Renewal) => Promise<Trade>,
  ): Promise<Granted | null> =>
    guesses.limited(`${address} code ${client}`, async () => {
      const id = secrets.idOf(text);
      const before = id === null ? null : await store.signIn(id);
      if (id === null || before === null) return "forged";
      if ((await validKey(before.key)) === null) return null;
      const fresh = secrets.next(id, "refresh");
      const now = clock.now();
      const traded = await perform(id, { hash: fresh.hash, now, until: now + signInMs });
      live.forgetSignIn(id);
      if (traded === "reused") return null;
      return traded === "refused" ? "forged" : give(deps, traded, fresh.text);
    });
}

function give({ tokens, clock }: GrantsDeps, { id, key, generation }: SignIn, refreshToken: string): Granted {
  return { accessToken: tokens.issue(key, clock.now(), { id, generation }), refreshToken, expiresIn: tokenLifetime };
}
