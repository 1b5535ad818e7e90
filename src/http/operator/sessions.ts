// /v1/session and /v1/session-links: how a browser signs in with a key, or with a link that works once, and signs out. The
// token goes into a cookie that no script can read, and into no body.

import { z } from "zod";
import type { Session } from "../../auth/sessions.ts";
import { BelfryError } from "../../errors.ts";
import { type Principal, roles } from "../../model/principal.ts";
import { jsonBody } from "../json-body.ts";
import { check, jsonSchema, type Route, route } from "../route.ts";
import type { HttpRequest, HttpScope, RouteDocument } from "../scope.ts";
import { cookieOf } from "../who-asks.ts";
import type { OperatorDeps } from "./deps.ts";
import { iso, time } from "./time.ts";

type SessionDeps = Pick<OperatorDeps, "sessions" | "publicUrl" | "inboxes">;

const path = "/v1/session";
const linkPath = "/console/#sign-in=";

const sessionSchema = z.object({
  key: z.string().describe("Id of the key that acts."),
  role: z.enum(roles),
  organization: z.string().nullable(),
  targets: z.array(z.string()).describe("The buildings or tenants; empty: the whole organization, or everything."),
  expires_at: time.nullable().describe("Of the session or the portal link; null where the request came with a key."),
  csrf_token: z.string().nullable().describe("For the header x-csrf-token of every change; null as above."),
  portal: z
    .object({
      title: z.string().nullable(),
      home: z.string().nullable(),
      colours: z.object({ accent: z.string().optional(), accent_dark: z.string().optional() }),
    })
    .nullable()
    .describe("How the pages look to whoever came by a portal link; null: by a key or a session."),
  inboxes: z.boolean().describe("Whether this server has inboxes."),
});

const signIn = z.union(
  [
    z.strictObject({ key: z.string().min(1).max(4096).describe("A whole key: belfry_client_…") }),
    z.strictObject({ link: z.string().min(1).max(128).describe("The token of a sign-in link.") }),
  ],
  { error: "must have a key or the token of a link: key, or link" },
);

export function sessionRoutes({ sessions, publicUrl, inboxes }: SessionDeps): readonly Route[] {
  return [
    route({
      method: "GET",
      path,
      summary: "Who asks: the key behind the session, or behind the bearer, and what it is for.",
      roles,
      answer: sessionSchema,
      handle: async ({ who, reply }) => show(who, await sessionOf(sessions, reply.request), inboxes.isOn),
    }),
    route({
      method: "DELETE",
      path,
      summary: "Sign out: end the session at once.",
      roles,
      status: 204,
      answer: z.null(),
      handle: async ({ reply }) => {
        const token = cookieOf(reply.request, sessions.cookie);
        if (token !== null) await sessions.end(token);
        reply.header("set-cookie", cookieText(sessions.cookie, null, reply.request));
        return null;
      },
    }),
    route({
      method: "POST",
      path: "/v1/session-links",
      summary: "A link that signs in at the console as the key of this request. It works once, for five minutes.",
      roles,
      isForKeys: true,
      status: 201,
      answer: z.object({
        path: z.string().describe("Of the console, with the token behind the #."),
        url: z.string().nullable().describe("The same under BELFRY_PUBLIC_URL; null where that is not set."),
        expires_at: time,
      }),
      handle: async ({ reply }) => {
        const made = await sessions.makeLink(reply.request.headers.authorization, reply.request.ip);
        if (made === null) {
          throw new BelfryError("FORBIDDEN", "Only a key makes a link. Send one as Authorization: Bearer.");
        }
        const target = `${linkPath}${made.token}`;
        const url = publicUrl === null ? null : `${publicUrl}${target}`;
        return { path: target, url, expires_at: iso(made.expiresAt) };
      },
    }),
  ];
}

/** POST /v1/session: the one route here that takes no key in its header. */
export function createSignInRoute({ sessions, inboxes }: Omit<SessionDeps, "publicUrl">): (scope: HttpScope) => void {
  return (scope) => {
    jsonBody(scope);
    scope.post(path, { bodyLimit: 16 * 1024, config: { document } }, async (request, reply) => {
      if (request.headers["sec-fetch-site"] === "cross-site") {
        throw new BelfryError("FORBIDDEN", "A page of another site cannot sign in here. Open the console itself.");
      }
      const body = check(signIn, request.body, "INVALID");
      const opened = await ("key" in body
        ? sessions.open(body.key, request.ip)
        : sessions.redeem(body.link, request.ip));
      if (opened === null) throw wrong("key" in body);
      reply.header("set-cookie", cookieText(sessions.cookie, opened.token, request));
      reply.code(201).header("cache-control", "no-store");
      return show(opened.principal, opened, inboxes.isOn);
    });
  };
}

async function sessionOf(sessions: SessionDeps["sessions"], request: HttpRequest): Promise<Session | null> {
  const token = request.headers.authorization === undefined ? cookieOf(request, sessions.cookie) : null;
  return token === null ? null : sessions.read(token);
}

function show(
  { key, role, organization, targets, portal }: Principal,
  session: Pick<Session, "csrf" | "expiresAt"> | null,
  inboxes: boolean,
): z.input<typeof sessionSchema> {
  const end = (portal ?? session)?.expiresAt;
  const expires_at = end === undefined ? null : iso(end);
  const asked = { key, role, organization, targets: [...targets] };
  return { ...asked, expires_at, csrf_token: session?.csrf ?? null, portal: portal?.look ?? null, inboxes };
}

/** `token` null: the browser forgets it. Without an end of its own it ends with the browser, or when the server says so. Behind
 * a proxy with TLS the browser names an https origin: then the cookie never goes over plain HTTP. */
function cookieText(name: string, token: string | null, { headers }: HttpRequest): string {
  const secure = /^https:/i.test(headers.origin ?? "") ? "; Secure" : "";
  return `${name}=${token ?? ""}; Path=/; HttpOnly; SameSite=Strict${secure}${token === null ? "; Max-Age=0" : ""}`;
}

const wrong = (isKey: boolean): BelfryError =>
  new BelfryError(
    "UNAUTHENTICATED",
    isKey
      ? "This is not a valid key. Paste the whole of it: it begins with belfry_client_."
      : "This link has been used or is over. Make a new one with `belfry console`, or sign in with a key.",
  );

const document: RouteDocument = {
  summary:
    "Sign in at the console, with a key or the token of a link. The answer sets a cookie, which ends after 12 hours.",
  isOpen: true,
  body: { "application/json": jsonSchema(signIn, "input") },
  answers: { 201: jsonSchema(sessionSchema, "output") },
};
