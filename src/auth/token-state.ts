// What a token says, and how it ends before its time. Both say nothing of a token that is none of the asker's business.

import type { Clock } from "../clock.ts";
import { judgeRefreshToken } from "../model/sign-in.ts";
import type { GrantsDeps } from "./grants.ts";
import type { LiveTokens } from "./live-tokens.ts";
import type { SignIns, TokenFacts } from "./sign-ins.ts";

export interface TokenStateDeps
  extends Pick<GrantsDeps, "store" | "secrets" | "guesses" | "validKey">,
    Pick<SignIns, "knows"> {
  readonly live: LiveTokens;
  readonly clock: Pick<Clock, "now">;
}

interface Found {
  readonly facts: TokenFacts;
  /** null: no sign-in gave it. */
  readonly signIn: string | null;
  /** Of an access token its own id. */
  readonly token: string;
  readonly counts: boolean;
}

export function createTokenState(deps: TokenStateDeps): Pick<SignIns, "revoke" | "introspect"> {
  const { store, live, guesses, clock } = deps;
  const find = (text: string, address: string): Promise<Found | null> =>
    guesses.limited(`${address} token`, () => findToken(deps, text));
  return {
    async revoke(text, client, address) {
      const found = await find(text, address);
      if (found === null) return "done";
      const { facts, signIn, token } = found;
      if (client !== null && client !== facts.client) return "foreign";
      const entry = { at: clock.now(), actor: facts.key };
      if (signIn === null) {
        await store.revokeToken(token, facts.expiresAt * 1000, {
          ...entry,
          action: "token.revoke",
          object: token,
          detail: null,
        });
        live.forgetToken(token);
        return "done";
      }
      const detail = JSON.stringify({ reason: "revoked", client: facts.client });
      await store.endSignIn(signIn, { ...entry, action: "sign_in.end", object: signIn, detail });
      live.forgetSignIn(signIn);
      return "done";
    },
    async introspect(text, asker, address) {
      const found = await find(text, address);
      if (found === null || !found.counts) return null;
      return found.facts.key === asker || found.facts.client === asker ? found.facts : null;
    },
  };
}

/** null: an access token that was good once. */
async function findToken(deps: TokenStateDeps, text: string): Promise<Found | "forged" | null> {
  const id = deps.secrets.idOf(text);
  if (id !== null) return findRefreshToken(deps, id, text);
  const found = await deps.live.read(text);
  if (found === null || found === "forged") return found;
  const { token, key, signIn } = found;
  const { issuedAt, expiresAt } = token;
  const facts: TokenFacts = { kind: "access", client: signIn?.client ?? key.id, key: key.id, issuedAt, expiresAt };
  return { facts, signIn: signIn?.id ?? null, token: token.id, counts: true };
}

async function findRefreshToken(
  { store, secrets, validKey, knows, clock }: TokenStateDeps,
  id: string,
  text: string,
): Promise<Found | "forged"> {
  const signIn = await store.signIn(id);
  const generation = await store.refreshGeneration(id, secrets.hash("refresh", text));
  if (signIn === null || generation === null) return "forged";
  const { client, key, createdAt, until } = signIn;
  const isGood = judgeRefreshToken(signIn, generation, client, clock.now()) === "good";
  const counts = isGood && (await validKey(key)) !== null && (await knows(client));
  const times = { issuedAt: Math.floor(createdAt / 1000), expiresAt: Math.floor(until / 1000) };
  return { facts: { kind: "refresh", client, key, ...times }, signIn: id, token: id, counts };
}
