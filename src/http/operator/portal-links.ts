// /v1/portal-links: links to the console's pages for a vendor's customers. A link opens at most what the key that makes it may, ends
// by itself, with its key, or when somebody ends it, and is audited.

import { z } from "zod";
import { parseKey } from "../../auth/api-keys.ts";
import { notFound, owners } from "../../auth/authorize.ts";
import { bearerIn } from "../../auth/bearer.ts";
import type { PortalScope } from "../../auth/portal-links.ts";
import { BelfryError } from "../../errors.ts";
import { mayManage, type Principal } from "../../model/principal.ts";
import { type Route, route } from "../route.ts";
import type { HttpRequest } from "../scope.ts";
import { homeFor } from "./alert-home.ts";
import type { OperatorDeps } from "./deps.ts";
import { actingForOne } from "./only-organization.ts";
import { coloursSchema, homeSchema, originSchema } from "./portal-look.ts";
import { iso, time } from "./time.ts";

type PortalDeps = Pick<OperatorDeps, "portals" | "publicUrl" | "place" | "registry">;

const minute = 60_000;
const longest = 1_440;

const creation = z.strictObject({
  building: z.string().min(1).max(128).optional(),
  tenant: z.string().min(1).max(128).optional().describe("Without both: the organization."),
  read_only: z.boolean().optional().describe("Of the organization: as the role viewer."),
  minutes: z.int().min(1).max(longest).default(60),
  origins: z.array(originSchema).max(10).default([]).describe("Of pages that may show it in an iframe."),
  title: z.string().min(1).max(64).optional().describe("In place of Belfry's name."),
  home: homeSchema.optional().describe("Your address, shown as text."),
  colours: coloursSchema.default({}),
});

export function portalLinkRoutes(deps: PortalDeps): readonly Route[] {
  const { portals, publicUrl } = deps;
  return [
    route({
      method: "POST",
      path: "/v1/portal-links",
      summary: "Make a link to the console's pages for a customer: of the organization, a building or a tenant.",
      roles: owners,
      isForKeys: true,
      status: 201,
      body: creation,
      answer: z.object({
        id: z.string().describe("Ends the link, and acts in the audit for whoever uses it."),
        path: z.string().describe("With the token behind the #."),
        url: z.string().nullable().describe("The same under BELFRY_PUBLIC_URL; null where that is not set."),
        expires_at: time,
      }),
      handle: async ({ who, body, reply }) => {
        mustBeKey(reply.request);
        const scope = await scopeOf(deps, who, body);
        const { title = null, home = null, colours, origins } = body;
        const look = { title, home, colours: withoutNothing(colours) };
        const lifeMs = body.minutes * minute;
        const { id, token, frame, expiresAt } = await portals.make({ ...scope, key: who.key, lifeMs, look, origins });
        const path = `/portal/${frame}#${token}`;
        const url = publicUrl === null ? null : `${publicUrl}${path}`;
        return { id, path, url, expires_at: iso(expiresAt) };
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/portal-links/:id",
      summary: "End a portal link before its time. Keys of buildings and tenants end those that they made.",
      roles: owners,
      isForKeys: true,
      status: 204,
      answer: z.null(),
      handle: async ({ who, params }) => {
        if (!(await portals.end(params["id"]!, who))) throw notFound("portal link");
        return null;
      },
    }),
  ];
}

/** A link would outlive an access token. */
function mustBeKey({ headers: { authorization } }: HttpRequest): void {
  if (authorization === undefined || parseKey(bearerIn(authorization) ?? "") !== null) return;
  throw new BelfryError("FORBIDDEN", "Only a key makes a portal link. Send one as Authorization: Bearer.");
}

type Asked = Pick<z.output<typeof creation>, "building" | "tenant" | "read_only">;

/** Throws NOT_FOUND for a place that the key may not manage, as for one that is not there. */
async function scopeOf(deps: PortalDeps, who: Principal, asked: Asked): Promise<PortalScope> {
  const acting = await actingForOne(deps, who, asked);
  const { organization, scope } = await homeFor(deps.place, acting, asked);
  if (scope.kind === "organization") {
    if (!mayManage(acting, organization)) throw notFound("organization");
    return { role: asked.read_only === true ? "viewer" : "organization", organization, targets: [] };
  }
  if (asked.read_only === true) {
    const message = "read_only is for links of an organization: leave it out, or leave building and tenant out.";
    throw new BelfryError("INVALID", message, { problems: [{ path: "read_only", code: "INVALID", message }] });
  }
  return { role: scope.kind, organization, targets: [scope.id] };
}

const withoutNothing = <Value>(record: Readonly<Record<string, Value | undefined>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).filter((pair): pair is [string, Value] => pair[1] !== undefined));
