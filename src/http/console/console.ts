// /console/: the pages for people, as files. They know nothing and ask the operator API for everything, so whoever may not ask
// sees empty pages. Nothing else of the server is reachable through here.

import { BelfryError } from "../../errors.ts";
import type { HttpReply, HttpRequest, HttpScope } from "../scope.ts";
import { type BuiltFile, builtConsole, readBuiltFiles } from "./built-files.ts";

/** Only what comes from here, and no script or style in a page itself. No other site may frame it. */
const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
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

/** `folder`: where the built files are. */
export function createConsole(folder: string = builtConsole): Console {
  let files: ReadonlyMap<string, BuiltFile> | null = null;
  const send = (path: string, request: HttpRequest, reply: HttpReply): HttpReply => {
    // Asked for again until it is there, so that building needs no restart.
    files ??= readBuiltFiles(folder);
    reply.headers(securityHeaders);
    if (files === null) return reply.code(503).type("text/html; charset=utf-8").send(notBuilt);
    const file = files.get(path) ?? (isPage(path) ? files.get("index.html") : undefined);
    if (file === undefined) throw new BelfryError("NOT_FOUND", "The console has no such file. Load the page again.");
    return sendFile(file, request, reply);
  };
  const routes = (scope: HttpScope): void => {
    const home = (_: HttpRequest, reply: HttpReply): HttpReply => reply.redirect("/console/", 302);
    scope.get("/", home);
    scope.get("/console", home);
    scope.get("/console/*", (request, reply) => send((request.params as { "*": string })["*"], request, reply));
  };
  return { routes, page: (request, reply) => send("", request, reply) };
}

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
