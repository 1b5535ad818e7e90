// Portal links as signed tokens, so that none needs a table: a link names the key that made it, and at every request that key must
// still count and cover the scope. Their own key derivation keeps them apart from all other tokens, and only the operator API takes
// them.

import { createHmac, hash } from "node:crypto";
import type { Clock, Random } from "../clock.ts";
import type { PortalLook } from "../model/portal.ts";
import { mayManage, type Principal, type Role } from "../model/principal.ts";
import { sameText } from "../same-secret.ts";
import type { AuditEntry, KeyRecord, Registry } from "../store/registry.ts";
import type { SignInStore } from "../store/sign-ins.ts";
import { mayManageScope } from "./authorize.ts";
import { bearerIn } from "./bearer.ts";
import { type BriefCaches, createBriefCache } from "./brief-cache.ts";
import { principalOf } from "./principal-of.ts";

export type PortalRole = Extract<Role, "organization" | "viewer" | "building" | "tenant">;

export interface PortalScope {
  readonly role: PortalRole;
  readonly organization: string;
  readonly targets: readonly string[];
}

export interface NewPortalLink extends PortalScope {
  /** Id of the key that makes it, which must cover the scope. */
  readonly key: string;
  readonly lifeMs: number;
  readonly look: PortalLook;
  /** Of the pages that may frame it. */
  readonly origins: readonly string[];
}

export interface MadePortalLink {
  /** `portal_…`: names it in the audit, and ends it. */
  readonly id: string;
  /** Goes behind the #, which browsers send to nobody. */
  readonly token: string;
  /** Goes into the path: what the server must know before it sees the token. */
  readonly frame: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export interface PortalLinks {
  /** Audited. */
  make(link: NewPortalLink): Promise<MadePortalLink>;
  /** Whether this `Authorization` is meant to be one. */
  isMeant(authorization: string): boolean;
  /** null: it is none, over, ended, or its key is or no longer covers its scope. */
  principal(authorization: string): Promise<Principal | null>;
  /** The origins that may frame pages under this path; null: this server made no such path. */
  origins(frame: string): readonly string[] | null;
  /** Ends one at once on this node. false: there is none that this key may end. Managers end those of their organization, other keys
   * their own. */
  end(id: string, who: Principal): Promise<boolean>;
}

export interface PortalLinksDeps {
  readonly registry: Pick<Registry, "audit">;
  readonly signIns: SignInStore;
  /** 32 bytes; portal links derive their own key from it. */
  readonly tokenKey: Uint8Array;
  /** null: there is none, or it was revoked. */
  readonly validKey: (id: string) => Promise<KeyRecord | null>;
  /** The building in which this tenant lives now; null: there is no such tenant. */
  readonly home: (organization: string, tenant: string) => Promise<string | null>;
  readonly clock: Clock;
  readonly random: Random;
  readonly caches?: BriefCaches;
}

interface Claims extends PortalScope {
  readonly id: string;
  readonly key: string;
  /** Epoch ms. */
  readonly expiresAt: number;
  readonly look: PortalLook;
}

const prefix = "belfry_portal_";
const longest = 8_192;

export function createPortalLinks(deps: PortalLinksDeps): PortalLinks {
  const { registry, signIns, validKey, home, clock, random } = deps;
  const key = createHmac("sha256", deps.tokenKey).update("belfry portal links").digest();
  const mac = (use: string, text: string): Buffer => createHmac("sha256", key).update(`${use} ${text}`).digest();
  const ended = createBriefCache(clock, (id) => signIns.isTokenRevoked(id), deps.caches);

  const signed = (use: string, value: unknown): string => {
    const text = Buffer.from(JSON.stringify(value)).toString("base64url");
    return `${text}.${mac(use, text).toString("base64url")}`;
  };
  /** undefined: it was not signed here, for this use. */
  const opened = (use: string, given: string): unknown => {
    const [text = "", signature = "", more] = given.split(".");
    if (more !== undefined || !sameText(signature, mac(use, text).toString("base64url"))) return undefined;
    return JSON.parse(Buffer.from(text, "base64url").toString());
  };

  /** What must be known to end it stands in the id itself: its end, whose it is, and who made it. */
  const newId = ({ organization, key: maker }: NewPortalLink, expiresAt: number): string => {
    const parts = [
      base36(expiresAt),
      digest(organization),
      digest(maker),
      Buffer.from(random.bytes(12)).toString("hex"),
    ];
    const text = parts.join("_");
    return `portal_${text}_${tagOf(text)}`;
  };
  const tagOf = (text: string): string => mac("id", text).toString("hex").slice(0, 24);
  const readId = (id: string): { expiresAt: number; organization: string; maker: string } | null => {
    const [, text = "", tag = ""] = /^portal_(\w+)_([0-9a-f]{24})$/.exec(id) ?? [];
    if (!sameText(tag, tagOf(text))) return null;
    const [end, organization, maker] = text.split("_") as [string, string, string];
    return { expiresAt: Number.parseInt(end, 36), organization, maker };
  };

  return {
    async make(link) {
      const { key: maker, role, organization, targets, look, origins, lifeMs } = link;
      const now = clock.now();
      const expiresAt = now + lifeMs;
      const id = newId(link, expiresAt);
      const detail = JSON.stringify({
        role,
        organization,
        targets,
        expires_at: new Date(expiresAt).toISOString(),
        origins,
      });
      await registry.audit({ at: now, actor: maker, action: "portal_link.create", object: id, detail });
      const claims: Claims = { id, key: maker, role, organization, targets, expiresAt, look };
      return { id, token: prefix + signed("token", claims), frame: signed("frame", origins), expiresAt };
    },
    isMeant: (authorization) => tokenIn(authorization) !== null,
    async principal(authorization) {
      const token = tokenIn(authorization);
      if (token === null || token.length > longest) return null;
      const claims = opened("token", token) as Claims | undefined;
      if (claims === undefined || clock.now() >= claims.expiresAt) return null;
      const maker = await validKey(claims.key);
      if (maker === null || (await ended.get(claims.id)) || !(await covers(maker, claims, home))) return null;
      const { id, role, organization, targets, expiresAt, look } = claims;
      return { key: id, role, organization, targets, portal: { expiresAt, look } };
    },
    origins: (frame) => (opened("frame", frame) as readonly string[] | undefined) ?? null,
    async end(id, who) {
      const link = readId(id);
      if (link === null || !mayEnd(who, link)) return false;
      const { expiresAt } = link;
      const entry: AuditEntry = {
        at: clock.now(),
        actor: who.key,
        action: "portal_link.end",
        object: id,
        detail: null,
      };
      if (clock.now() < expiresAt && !(await signIns.isTokenRevoked(id)))
        await signIns.revokeToken(id, expiresAt, entry);
      ended.forget(id);
      return true;
    },
  };
}

/** The token behind `Bearer`, without its prefix; null: it is something else. */
const tokenIn = (authorization: string): string | null =>
  /^belfry_portal_(.+)$/.exec(bearerIn(authorization) ?? "")?.[1] ?? null;

/** By the rule at making, at every use: a link is never worth more than the key that made it, and tenants move. */
async function covers(maker: KeyRecord, link: PortalScope, home: PortalLinksDeps["home"]): Promise<boolean> {
  const who = principalOf(maker);
  const { role, organization, targets } = link;
  if (who === null) return false;
  if (role === "organization" || role === "viewer") return mayManage(who, organization);
  const may = (id: string) => mayManageScope(who, organization, { kind: role, id }, () => home(organization, id));
  return targets.length > 0 && (await Promise.all(targets.map(may))).every(Boolean);
}

function mayEnd(who: Principal, link: { readonly organization: string; readonly maker: string }): boolean {
  if (who.portal !== undefined) return false;
  if (who.organization !== null && digest(who.organization) !== link.organization) return false;
  return who.role === "operator" || who.role === "organization" || digest(who.key) === link.maker;
}

const digest = (text: string): string => hash("sha256", text, "hex").slice(0, 16);
const base36 = (value: number): string => value.toString(36);
