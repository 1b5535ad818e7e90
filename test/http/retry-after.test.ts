// Every route of every API, with callers that are put off: each answer says for how long.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { systemRandom } from "../../src/clock.ts";
import { createButlr } from "../../src/dialects/butlr/index.ts";
import { createButterflymx } from "../../src/dialects/butterflymx/index.ts";
import { BelfryError, type ErrorCode } from "../../src/errors.ts";
import { createOpenApiRoute, createOperatorApi } from "../../src/http/operator/api.ts";
import { createHttpServer, type HttpServer } from "../../src/http/server.ts";
import { createIngestApi } from "../../src/ingest/http/routes.ts";
import { notingLog } from "../fixtures/noted-log.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";

/** Routes at which nobody is asked who they are. The form of the sign-in page is tested beside it. */
const open = [
  "GET /v1/openapi.json",
  "GET /v1/asyncapi/butlr.json",
  "GET /v1/asyncapi/butterflymx.json",
  "GET /v1/openapi/butterflymx.json",
  "GET /api/mobile/regions",
  "GET /qr/:file",
  "GET /oauth/authorize",
  "POST /oauth/authorize",
];

let server: HttpServer;
let code: ErrorCode = "TOO_MANY_REQUESTS";

before(async () => {
  const clock = createSteeredClock();
  const refuse = async () => {
    throw new BelfryError(code, "Wait.");
  };
  const authenticator = { principal: refuse, login: refuse, forget: () => {} };
  const signIns = new Proxy({}, { get: () => refuse });
  const key = new Uint8Array(32);
  const shared = {
    authenticator,
    clock,
    random: systemRandom,
    signIns,
    redirects: [],
    formKey: key,
    qrKey: key,
    portals: { isMeant: () => false },
    pauseFor: () => () => undefined,
  };
  server = createHttpServer({ host: "127.0.0.1", port: 0, log: notingLog(() => {}), clock });
  server.mount(createOperatorApi(shared as never));
  server.mount(createIngestApi({ ...shared, ingest: {} as never, dialects: [] }));
  server.mount(createOpenApiRoute(server.routes, "1.2.3"));
  for (const dialect of [createButlr(shared as never), createButterflymx(shared as never)]) {
    server.mount((scope) => dialect.routes(scope));
  }
  await server.scope.ready();
});
after(() => server.stop());

describe("every route", () => {
  const credentials = { client_id: "x", client_secret: "x", audience: "x", token: "x" };
  const body = JSON.stringify({ ...credentials, grant_type: "client_credentials" });
  for (const status of [429, 503]) {
    test(`says when to ask again with a ${status}`, async () => {
      code = status === 429 ? "TOO_MANY_REQUESTS" : "UNAVAILABLE";
      const asked = server.routes.filter(
        ({ method, path }) =>
          ["GET", "POST", "PUT", "PATCH", "DELETE"].includes(method) && !open.includes(`${method} ${path}`),
      );
      assert.ok(asked.length > 100, `${asked.length} routes`);
      for (const { method, path } of asked) {
        const answer = await server.scope.inject({
          method: method as "GET",
          url: path.replaceAll(/:\w+/g, "1").replace("*", "x"),
          headers: {
            ...(path.startsWith("/oauth") ? {} : { authorization: "Bearer x" }),
            ...(method === "GET" ? {} : { "content-type": "application/json" }),
          },
          ...(method === "GET" ? {} : { payload: body }),
        });
        assert.deepEqual([answer.statusCode, answer.headers["retry-after"]], [status, "6"], `${method} ${path}`);
      }
    });
  }
});
