// /console/ and /portal/: the pages for people, as files. They know nothing and ask the operator API for everything, so whoever may not ask
// sees empty pages. Nothing else of the server is reachable through here.

import { BelfryError } from "../../errors.ts";
import type { HttpReply, HttpRequest, HttpScope } from "../scope.ts";
import { type BuiltFile, builtConsole, readBuiltFiles } from "./built-files.ts";

/** `pictures`: sources beside Belfry's own. */
const policyFor = (framers: string, pictures = ""): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self'${pictures}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${framers}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");

/** Only what comes from here, and no script or style in a page itself. No other site may frame it. */
const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": policyFor("'none'"),
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Belfry: the console is not built</title>
<h1>The console is not built</h1>
<p>Run <code>npm run build:console</code> in the folder of Belfry, then load this page again. Everything else works without it.</p>
</html>
`;

export interface Console {
  readonly routes: (scope: HttpScope) => void;
  /** The one page, at an address of its own outside /console/. */
  readonly page: (request: HttpRequest, reply: HttpReply) => HttpReply;
}

export interface ConsoleOptions {
  /** Where the built files are. */
  readonly folder?: string;
  /** The origins that may frame the pages of a portal link, from the first part of its path; null: it is no such part. */
  readonly framers: (frame: string) => readonly string[] | null;
}

export function createConsole({ folder = builtConsole, framers }: ConsoleOptions): Console {
  let files: ReadonlyMap<string, BuiltFile> | null = null;
  const send = (
    path: string,
    request: HttpRequest,
    reply: HttpReply,
    origins: readonly string[] | null = null,
  ): HttpReply => {
    // Asked for again until it is there, so that building needs no restart.
    files ??= readBuiltFiles(folder);
    reply.headers(securityHeaders);
    if (origins !== null) {
      // Pictures come by the bearer, as there is no cookie, and stand in memory.
      const framers = origins.length === 0 ? "'none'" : origins.join(" ");
      reply.header("content-security-policy", policyFor(framers, " blob:"));
      if (origins.length > 0) reply.removeHeader("x-frame-options");
    }
    if (files === null) return reply.code(503).type("text/html; charset=utf-8").send(notBuilt);
    const file = files.get(path) ?? (isPage(path) ? files.get("index.html") : undefined);
    if (file === undefined) throw new BelfryError("NOT_FOUND", "The console has no such file. Load the page again.");
    return sendFile(file, request, reply);
  };
  const routes = (scope: HttpScope): void => {
    const home = (_: HttpRequest, reply: HttpReply): HttpReply => reply.redirect("/console/", 302);
    scope.get("/", home);
    scope.get("/console", home);
    scope.get("/console/*", (request, reply) => send(rest(request), request, reply));
    scope.get("/portal/*", (request, reply) => {
      const [frame = "", ...path] = rest(request).split("/");
      const origins = framers(frame);
      if (origins !== null && isPage(path.join("/"))) return send("", request, reply, origins);
      throw new BelfryError("NOT_FOUND", "There is no such portal link. Ask whoever gave it to you for a new one.");
    });
  };
  return { routes, page: (request, reply) => send("", request, reply) };
}

const rest = ({ params }: HttpRequest): string => (params as { "*": string })["*"];

/** The pages have addresses of their own, and all are the one file. */
const isPage = (path: string): boolean => !path.startsWith("assets/") && !/\.\w+$/.test(path.split("/").at(-1)!);

function sendFile(file: BuiltFile, { headers }: HttpRequest, reply: HttpReply): HttpReply {
  const isZipped = /\bgzip\b/.test(headers["accept-encoding"] ?? "");
  reply
    .type(file.type)
    .header("vary", "accept-encoding")
    .header("cache-control", file.isHashed ? "public, max-age=31536000, immutable" : "no-cache");
  if (isZipped) reply.header("content-encoding", "gzip");
  return reply.send(isZipped ? file.zipped : file.bytes);
}
