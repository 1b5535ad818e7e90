// The audits of GraphQL over HTTP, as the Foundation's own package runs them, against a real server.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type AuditResult, serverAudits } from "graphql-http";
import { type Door, openDoor } from "../api-harness.ts";

let door: Door;
let results: readonly AuditResult[];
before(async () => {
  door = await openDoor();
  const base = await door.server.listen({ host: "127.0.0.1", port: 0 });
  const signedIn = (url: string, init: RequestInit = {}) =>
    fetch(url, { ...init, headers: { ...(init.headers as object), authorization: "Bearer viewer" } });
  const audits = serverAudits({ url: `${base}/api/v3/graphql`, fetchFn: signedIn });
  results = await Promise.all(audits.map((audit) => audit.fn()));
});
after(async () => {
  await door.close();
});

const failed = (verb: string) =>
  results.flatMap(({ name, status, ...rest }) =>
    name.startsWith(verb) && status !== "ok" ? [`${name}: ${"reason" in rest ? rest.reason : ""}`] : [],
  );

test("GraphQL over HTTP: every MUST and every SHOULD is kept", () => {
  assert.ok(results.length >= 61);
  assert.deepEqual(failed("MUST"), []);
  assert.deepEqual(failed("SHOULD"), []);
});
