// Sessions as signed tokens under a key of their own, so that none works as a bearer and no access token as a cookie. Whether
// one still counts is asked at every request, as for access tokens. Links wait in memory: a restart voids them.

import { createHmac, hash } from "node:crypto";
import type { Clock, Random } from "../clock.ts";
import { BelfryError } from "../errors.ts";
import type { AuditEntry, KeyRecord, Registry } from "../store/registry.ts";
import type { SignInStore } from "../store/sign-ins.ts";
import { createTokens } from "./access-tokens.ts";
import { parseKey } from "./api-keys.ts";
import { base62 } from "./base62.ts";
import { bearerIn } from "./bearer.ts";
import type { BriefCaches } from "./brief-cache.ts";
import type { GuessLimiter } from "./guess-limiter.ts";
import { createLiveTokens, type LiveToken } from "./live-tokens.ts";
import { principalOf } from "./principal-of.ts";
import type { OpenedSession, Session, Sessions } from "./sessions.ts";

export interface SessionsDeps {
  readonly registry: Pick<Registry, "audit">;
  readonly signIns: SignInStore;
  /** 32 bytes; sessions derive their own key from it. */
  readonly tokenKey: Uint8Array;
  readonly guesses: GuessLimiter;
  /** The valid key with this id and secret. */
  readonly check: (id: string, secret: string, address: string) => Promise<KeyRecord | null>;
  readonly validKey: (id: string) => Promise<KeyRecord | null>;
  readonly clock: Clock;
  readonly random: Random;
  readonly caches?: BriefCaches;
  /** Where other processes answer for the same server: a link names the one that made it. */
  readonly linkHomes?: LinkHomes;
}

export interface HomeSessions extends Sessions {
  /** The key of a link that this process made, for another one. `name` as of LinkHomes. */
  takeLink(name: string): string | null;
}

export interface LinkHomes {
  /** Names this process: letters and digits. */
  readonly own: string;
  /** Asks another one for the key of a link, which then counts no longer. `name`: digest of the link. */
  take(home: string, name: string): Promise<string | null>;
}

const sessionMs = 12 * 3_600_000;
const linkMs = 300_000;
const mostLinks = 1_000;
/** Of a link, before the name of its home. */
const secretLength = 43;
const longest = 4_096;

export function createSessions(deps: SessionsDeps): HomeSessions {
  const { registry, signIns, guesses, check, validKey, clock, random } = deps;
  const sessionKey = createHmac("sha256", deps.tokenKey).update("belfry console sessions").digest();
  const tokens = createTokens(sessionKey, random);
  const live = createLiveTokens({ tokens, signIns, validKey, clock, ...(deps.caches && { caches: deps.caches }) });
  const links = createLinks(clock);

  const csrfOf = (id: string): string => createHmac("sha256", sessionKey).update(`csrf ${id}`).digest("base64url");

  const sessionOf = ({ token, key }: LiveToken): Session | null => {
    const principal = principalOf(key);
    const expiresAt = token.issuedAt * 1000 + sessionMs;
    return principal === null || clock.now() >= expiresAt ? null : { principal, csrf: csrfOf(token.id), expiresAt };
  };

  const read = async (text: string): Promise<(Session & { readonly id: string }) | null> => {
    if (text.length > longest) return null;
    const found = await live.read(text);
    if (found === null || found === "forged") return null;
    const session = sessionOf(found);
    return session === null ? null : { ...session, id: found.token.id };
  };

  const begin = async (key: KeyRecord): Promise<OpenedSession | null> => {
    const token = tokens.issue(key.id, clock.now());
    const session = await read(token);
    if (session === null) return null;
    await noted({ at: clock.now(), actor: key.id, action: "session.begin", object: session.id, detail: null });
    const { principal, csrf, expiresAt } = session;
    return { principal, csrf, expiresAt, token };
  };

  /** A full disk must not lock out who comes to free it. */
  const noted = async (entry: AuditEntry): Promise<void> => {
    try {
      await registry.audit(entry);
    } catch (error) {
      if (!(error instanceof BelfryError && error.code === "UNAVAILABLE")) throw error;
    }
  };

  const keyOf = async (text: string, address: string): Promise<KeyRecord | null> => {
    const credentials = parseKey(text.slice(0, longest));
    if (credentials !== null) return check(credentials.id, credentials.secret, address);
    return guesses.limited<KeyRecord>(`${address} session`, async () => "forged");
  };

  const takeLink = async (link: string): Promise<string | null> => {
    const home = link.slice(secretLength);
    if (deps.linkHomes === undefined || home === "" || home === deps.linkHomes.own) return links.take(nameOf(link));
    return deps.linkHomes.take(home, nameOf(link));
  };

  return {
    takeLink: links.take,
    cookie: `belfry_session_${hash("sha256", Buffer.concat([sessionKey, Buffer.from("name")])).slice(0, 8)}`,
    async open(text, address) {
      const key = await keyOf(text.trim(), address);
      return key === null ? null : begin(key);
    },
    async redeem(link, address) {
      const id = await guesses.limited<string>(`${address} link`, async () => (await takeLink(link)) ?? "forged");
      const key = id === null ? null : await validKey(id);
      return key === null ? null : begin(key);
    },
    async makeLink(authorization, address) {
      const text = bearerIn(authorization);
      const key = text === null || parseKey(text) === null ? null : await keyOf(text, address);
      if (key === null) return null;
      const token = base62(random.bytes(32), secretLength) + (deps.linkHomes?.own ?? "");
      return { token, expiresAt: links.add(token, key.id) };
    },
    async read(text) {
      const session = await read(text);
      if (session === null) return null;
      const { principal, csrf, expiresAt } = session;
      return { principal, csrf, expiresAt };
    },
    async end(text) {
      const session = await read(text);
      if (session === null) return;
      const { id, expiresAt, principal } = session;
      const entry = { at: clock.now(), actor: principal.key, action: "session.end", object: id, detail: null };
      await signIns.revokeToken(id, expiresAt, entry);
      live.forgetToken(id);
    },
  };
}

interface Links {
  /** Returns until when it counts, epoch ms. */
  add(token: string, key: string): number;
  /** The id of the key that the link of this digest was made with; null: unknown, over or used. It counts no longer. */
  take(name: string): string | null;
}

const nameOf = (link: string): string => hash("sha256", link, "base64");

function createLinks(clock: Pick<Clock, "now" | "monotonic">): Links {
  const links = new Map<string, { readonly key: string; readonly until: number }>();
  return {
    add(token, key) {
      links.set(nameOf(token), { key, until: clock.monotonic() + linkMs });
      if (links.size > mostLinks) links.delete(links.keys().next().value!);
      return clock.now() + linkMs;
    },
    take(name) {
      const found = links.get(name);
      links.delete(name);
      return found === undefined || found.until <= clock.monotonic() ? null : found.key;
    },
  };
}
