// Settings of a running server, each seen from outside in what it changes.

import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { loadMasterKey } from "../../src/store/master-key.ts";
import { openTestStore, sqliteOnly } from "../fixtures/test-store.ts";
import { until } from "../fixtures/until.ts";
import { accept, addOrganization, event } from "../contract/samples.ts";
import { call, makePlace, type Server, serve, startReceiver, stop } from "./harness.ts";

const day = 86_400_000;

/** An integration at the door of a new building; returns what lets somebody in. */
async function integrate(server: Server, url: string): Promise<() => Promise<void>> {
  const buildings = [{ id: "1", name: "Sietch", access_points: [{ id: "22", name: "Entrance" }] }];
  const sites = [{ id: "site_1", name: "Arrakeen", timezone: "UTC", buildings }];
  const model = { organization: { id: "acme", name: "Acme" }, sites };
  const put = await call(`${server.url}/v1/building-model`, { method: "PUT", key: server.key, body: model });
  assert.ok(put.status < 300, JSON.stringify(put.body));
  const bindings = [{ resource_type: "access_log", actions: ["create"], resource_id: null }];
  const attributes = { integrator: "webhook", configuration: { url, method: "post" }, bindings };
  const body = { data: { type: "integrations", attributes } };
  const made = await call(`${server.url}/v4/buildings/1/integrations`, { key: server.key, body });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  return async () => {
    const entry = { kind: "access", logged_at: new Date().toISOString(), access_point: 22, release_status: "Unlocked" };
    const sent = await call(`${server.url}/v1/observations`, { key: server.key, body: entry });
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
  };
}

test("an attempt of ButterflyMX ends at the deadline that is set, and is retried after the delays that are set", async () => {
  const receiver = await startReceiver();
  receiver.answer("hang");
  const server = await serve(makePlace(), { BELFRY_TIMEOUT_BUTTERFLYMX: "2s", BELFRY_RETRY_DELAYS: "1s" });
  await (await integrate(server, `${receiver.url}/hook`))();
  const list = async () =>
    (await call(`${server.url}/v1/deliveries?state=exhausted`, { key: server.key })).body.data as { id: string }[];
  await until("the last attempt", async () => (await list()).length === 1);
  const [delivery] = await list();
  const shown = await call(`${server.url}/v1/deliveries/${delivery!.id}`, { key: server.key });
  const attempts = shown.body.attempts as { code: string; duration_ms: number }[];
  assert.equal(attempts.length, 2);
  for (const { code, duration_ms } of attempts) {
    assert.equal(code, "timeout");
    // Unless told otherwise, it takes 5 s.
    assert.ok(duration_ms >= 2_000 && duration_ms < 5_000, `${duration_ms} ms`);
  }
  await stop(server);
  await receiver.close();
});

test("a stop waits for attempts as long as is set", async () => {
  const receiver = await startReceiver();
  receiver.answer("hang");
  // The attempt itself would take 5 s.
  const server = await serve(makePlace(), { BELFRY_DRAIN_TIME: "0s" });
  await (await integrate(server, `${receiver.url}/hook`))();
  await receiver.waitFor(1);
  await stop(server);
  assert.match(server.errors(), /Attempts were still/);
  await receiver.close();
});

test("a body up to the size that is set is read, a larger one refused", async () => {
  const server = await serve(makePlace(), { BELFRY_BODY_MAX: "1KiB" });
  const send = (length: number) =>
    call(`${server.url}/v1/observations`, { key: server.key, text: `[${" ".repeat(length - 2)}]` });
  assert.equal((await send(1024)).status, 422);
  assert.equal((await send(1025)).status, 413);
  await stop(server);
});

test("an address has as many connections as are set, and no more", async () => {
  const server = await serve(makePlace(), { BELFRY_CONNECTIONS_PER_ADDRESS: "3" });
  const { hostname, port } = new URL(server.url);
  const sockets: Socket[] = [];
  let dropped = 0;
  for (let count = 0; count < 5; count++) {
    const socket = connect(Number(port), hostname).on("error", () => {});
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.once("close", () => dropped++);
    sockets.push(socket);
  }
  await until("two that are dropped", () => dropped >= 2);
  assert.equal(dropped, 2);
  for (const socket of sockets) socket.destroy();
  await stop(server);
});

test("events are kept for as long as is set", { skip: sqliteOnly }, async () => {
  const data = makePlace();
  const store = await openTestStore({ directory: data, masterKey: loadMasterKey(undefined, data), clock: systemClock });
  await addOrganization(store.registry);
  for (const age of [40, 10]) {
    await accept(store, [event(`event_${age}`, { acceptedAt: Date.now() - age * day })]);
  }
  await store.close();
  const server = await serve(data, { BELFRY_RETENTION_EVENTS: "30d" });
  const kept = async () =>
    ((await call(`${server.url}/v1/events`, { key: server.key })).body.data as { id: string }[]).map(({ id }) => id);
  await until("the end of the older one", async () => !(await kept()).includes("event_40"));
  assert.deepEqual(await kept(), ["event_10"]);
  await stop(server);
});
