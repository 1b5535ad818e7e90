// `GET /v1/openapi/butterflymx.json`, open to everybody: the OpenAPI 3.1 document of this API, made of the routes as they are
// registered. It says nothing about this installation.

import type { KnownRoute } from "../../../http/known-routes.ts";
import { type ApiFrame, openApi } from "../../../http/openapi.ts";
import type { HttpScope, RouteDocument } from "../../../http/scope.ts";
import { integrationSchemas } from "./integrations.ts";
import { olderSchemas } from "./older.ts";
import { recordSchemas } from "./records.ts";
import { jsonTypes } from "./requests.ts";
import { ref } from "./schema.ts";
import { signInSchemas } from "./sign-in.ts";

const description =
  "The API of ButterflyMX as Belfry serves it: sign-in, integrations, records of the building model, access logs, calls, passes" +
  " and doors. An id in a path is a number, or the id that the operator gave. A key gets 404 for everything that it may not see.";

export const butterflymxApi = (version: string): ApiFrame => ({
  title: "Belfry: the ButterflyMX API",
  description,
  version,
  has: (path) => !path.startsWith("/v1/"),
  refusals,
  schemas: { ...recordSchemas, ...integrationSchemas, ...olderSchemas, ...signInSchemas },
});

function refusals(path: string, { media = [], isOpen = false }: RouteDocument): Readonly<Record<string, object>> {
  if (path.startsWith("/qr/")) return { 404: { description: "No such picture, or its time is over." } };
  if (media.includes("text/html")) {
    const content = { "text/html": { schema: { type: "string" } } };
    return { default: { description: "A page that says what is wrong.", content } };
  }
  if (path.startsWith("/oauth/")) {
    const content = { "application/json": { schema: ref("OauthError") } };
    return { default: { description: "OAuth's error and a sentence about it.", content } };
  }
  if (isOpen) return {};
  const inJson = (name: string) => Object.fromEntries(jsonTypes.map((type) => [type, { schema: ref(name) }]));
  return {
    401: { description: "No valid key or token.", content: inJson("Unauthorized") },
    default: { description: "All that is wrong, field by field.", content: inJson("Errors") },
  };
}

const document: RouteDocument = {
  summary: "The OpenAPI document of the ButterflyMX API. Needs no key.",
  isOpen: true,
  answers: { 200: { type: "object" } },
};

/** `routes`: those of this dialect, all of them by the time of the first request. */
export function openApiRoute(scope: HttpScope, routes: readonly KnownRoute[], version: string): void {
  // One text for all answers.
  let made: string | null = null;
  scope.get("/v1/openapi/butterflymx.json", { config: { document } }, async (_, reply) => {
    made ??= JSON.stringify(openApi(routes, butterflymxApi(version)));
    return reply.type("application/json; charset=utf-8").send(made);
  });
}
