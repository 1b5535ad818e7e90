// Names that hang, against the running server: they hurt the organization whose they are, and no other.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { startNameServer } from "../fixtures/name-server.ts";
import { call, kill, makePlace, serve, stop } from "./harness.ts";
import { until } from "../fixtures/until.ts";

test("an organization whose names hang leaves three quarters of the look-ups to others, at both doors", async (t) => {
  const names = await startNameServer("127.10.0.5");
  t.after(() => names.close());
  const server = await serve(makePlace(), { BELFRY_DNS_SERVERS: names.server });
  const issue = async (id: string) => {
    const buildings = [{ id: `b_${id}`, name: "B", floors: [{ id: `f_${id}`, name: "F" }] }];
    const sites = [{ id: `s_${id}`, name: "S", timezone: "UTC", buildings }];
    const model = { organization: { id: `org_${id}`, name: id }, sites };
    await call(`${server.url}/v1/building-model`, { method: "PUT", key: server.key, body: model });
    const body = { role: "organization", for: `org_${id}` };
    return (await call(`${server.url}/v1/keys`, { key: server.key, body })).body.key as string;
  };
  const keys = { hangs: await issue("hangs"), well: await issue("well") };
  const butlr = (who: keyof typeof keys, names: readonly string[]) => {
    const query = "mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { id } }";
    const input = names.map((name) => ({
      name,
      event_types: ["TRAFFIC"],
      endpoint_config: { url: `https://${name}/`, http_timeout: 5 },
    }));
    return call(`${server.url}/api/v3/graphql`, { key: keys[who], body: { query, variables: { input } } });
  };
  const butterflymx = (who: keyof typeof keys, name: string) => {
    const configuration = { url: `https://${name}/`, method: "post" };
    const bindings = [{ resource_type: "call", actions: ["create"] }];
    const body = { data: { type: "integrations", attributes: { integrator: "webhook", configuration, bindings } } };
    return call(`${server.url}/v4/buildings/b_${who}/integrations`, { key: keys[who], body });
  };
  const hanging = Array.from({ length: 100 }, (_, n) => `hangs-${n}.example`);
  for (const name of hanging) names.set(name, "silence");
  for (const name of ["one.example", "two.example"]) names.set(name, ["8.8.8.8"]);
  const asked = (like: string) => new Set(names.asked.filter((each) => each.includes(like))).size / 2;

  const begun = performance.now();
  const stuck = Promise.allSettled([
    butlr("hangs", hanging.slice(0, 40)),
    ...hanging.slice(40).map((name) => butterflymx("hangs", name)),
  ]);
  await until("16 look-ups under way", () => asked("hangs-") >= 16);
  const made = [await butlr("well", ["one.example"]), await butterflymx("well", "two.example")];
  // A look-up is given up after 3 s at the earliest, and then another begins.
  if (performance.now() - begun < 2_500)
    assert.equal(asked("hangs-"), 16, "none of them has ended yet, and no other has begun");
  assert.equal(asked("one.") + asked("two."), 2);
  for (const { status, body } of made) assert.deepEqual([status, body.errors], [200, undefined]);
  await kill(server);
  await stuck;
});

test("the machine's own way has the threads to look 64 names up at once", {
  skip: process.platform !== "linux",
}, async () => {
  // A name to listen on is looked up, too.
  const server = await serve(makePlace(), { BELFRY_HOST: "localhost" });
  const task = `/proc/${server.process.pid}/task`;
  const threads = readdirSync(task).map((id) => readFileSync(`${task}/${id}/comm`, "utf8").trim());
  assert.equal(threads.filter((name) => name === "libuv-worker").length, 128);
  await stop(server);
});
