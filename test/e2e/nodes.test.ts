// Many nodes over one PostgreSQL, as processes: what is accepted by one is delivered by another, and what a killed node owned goes on.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { sliceCount, sliceOf } from "../../src/store/shards.ts";
import { type Postgres, startPostgres, withoutPostgres } from "../fixtures/postgres.ts";
import { until } from "../fixtures/until.ts";
import type { HttpsReceiver, Received } from "../fixtures/https-receiver.ts";
import { call, kill, makePlace, type Server, serve, startReceiver, stop } from "./harness.ts";

let postgres: Postgres;
let url: string;
let receiver: HttpsReceiver;
/** The first node makes it. */
let operatorKey = "";
const masterKey = randomBytes(32).toString("base64");

/** Attempts take 2 s at most, so that a node that is gone is replaced soon. */
const node = (role: string, more: Record<string, string> = {}): Promise<Server> =>
  serve(makePlace(), {
    BELFRY_DATABASE_URL: url,
    BELFRY_ROLE: role,
    BELFRY_MASTER_KEY: masterKey,
    BELFRY_TIMEOUT_MAX: "2s",
    BELFRY_TIMEOUT_BUTTERFLYMX: "2s",
    BELFRY_LOG_LEVEL: "info",
    ...more,
  });

const model = (organization: string, number: number) => ({
  organization: { id: organization, name: organization },
  sites: [
    {
      id: `site_${organization}`,
      name: "Campus",
      timezone: "UTC",
      buildings: [
        { id: `building_${organization}`, name: "Tower", butterflymx_id: number, floors: [], access_points: [] },
      ],
    },
  ],
});

/** Ids of entries. */
let entries = 0;

async function subscribe(api: Server, key: string, organization: string, number: number): Promise<string> {
  const put = await call(`${api.url}/v1/building-model`, { method: "PUT", key, body: model(organization, number) });
  assert.ok(put.status < 300, JSON.stringify(put.body));
  const made = await call(`${api.url}/v4/buildings/${number}/integrations`, {
    key,
    headers: { "belfry-organization": organization },
    body: {
      data: {
        type: "integrations",
        attributes: {
          integrator: "webhook",
          configuration: { url: `${receiver.url}/${organization}`, method: "post" },
          bindings: [{ resource_type: "access_log", actions: ["create"], resource_id: null }],
        },
      },
    },
  });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  return made.body.data.id as string;
}

async function send(api: Server, key: string, organization: string): Promise<void> {
  const data = { id: ++entries, name: "Somebody" };
  const sent = await call(`${api.url}/v1/events?dialect=butterflymx&building=building_${organization}`, {
    key,
    headers: { "belfry-organization": organization },
    body: { event: { resource_type: "access_log", action: "create", data } },
  });
  assert.equal(sent.status, 202, JSON.stringify(sent.body));
}

/** An organization of which this node has the slice. */
async function organizationAt({ errors }: Server): Promise<string> {
  await until("its slices", () => errors().match(/slice\.taken/g)?.length === sliceCount / 2);
  const slices = new Set(Array.from(errors().matchAll(/slice\.taken","slice":(\d+)/g), ([, slice]) => Number(slice)));
  for (let number = 0; ; number++) if (slices.has(sliceOf(`asked_${number}`))) return `asked_${number}`;
}

/** Asks what only the owner knows, one question at a time, until `done`. Each has its answer, in the time that Belfry gives it. */
async function askOn(api: Server, key: string, organization: string, done: Promise<void>): Promise<void> {
  let isOver = false;
  void done.finally(() => (isOver = true));
  while (!isOver) {
    const { status, body } = await call(`${api.url}/v1/alerts/open?organization=${organization}`, { key });
    assert.equal(status, 200, JSON.stringify(body));
  }
}

/** Revokes a key on one node that the other has just used: the status with which that one answers it. */
async function useRevoked(one: Server, other: Server, key: string): Promise<number> {
  const made = await call(`${one.url}/v1/keys`, { key, body: { role: "operator" } });
  assert.equal((await call(`${other.url}/v1/keys`, { key: made.body.key as string })).status, 200);
  await call(`${one.url}/v1/keys/${made.body.client_id}`, { method: "DELETE", key });
  return (await call(`${other.url}/v1/keys`, { key: made.body.key as string })).status;
}

const idOf = ({ headers }: Received): string => String(headers["webhook-id"]);

/** Events of the organization that have arrived. What a killed node had under way comes twice. */
const heard = (organization: string): number =>
  new Set(receiver.requests.filter(({ path }) => path === `/${organization}`).map(idOf)).size;

describe("nodes over one PostgreSQL", { skip: withoutPostgres }, () => {
  before(async () => {
    postgres = await startPostgres();
    url = await postgres.create();
    receiver = await startReceiver();
  });
  after(() => postgres.stop());

  test("an api node accepts, delivery nodes deliver; one that is killed is replaced, one that stops gives back at once", async () => {
    const api = await node("api");
    const key = (operatorKey ||= api.key);
    const first = await node("delivery");
    assert.equal(existsSync(join(first.data, "operator.key")), false);
    assert.equal((await call(`${first.url}/healthz`)).status, 200);
    assert.equal((await call(`${first.url}/v1/subscriptions`, { key })).status, 404);
    const organizations = ["one", "two", "three", "four", "five", "six"];
    for (const [index, each] of organizations.entries()) await subscribe(api, key, each, index + 1);
    for (const each of organizations) await send(api, key, each);
    await until("the first", () => organizations.every((each) => heard(each) === 1));

    const second = await node("delivery");
    for (const each of organizations) await send(api, key, each);
    await until("the second", () => organizations.every((each) => heard(each) === 2));

    const asked = await organizationAt(second);
    await subscribe(api, key, asked, 7);
    const stopping = stop(second);
    const asking = askOn(
      api,
      key,
      asked,
      stopping.then(() => pause(1_500)),
    );
    await stopping;
    const stopped = Date.now();
    for (const each of organizations) await send(api, key, each);
    await until("the third", () => organizations.every((each) => heard(each) === 3));
    assert.ok(Date.now() - stopped < 10_000);
    // What is asked while a slice changes hands waits for whoever takes it.
    await asking;
    await stop(first);
    await stop(api);
  });

  test("a node that is killed, and one that is stopped past its lease, are replaced; the one that wakes up delivers nothing twice", async () => {
    const api = await node("api");
    const key = (operatorKey ||= api.key);
    const nodes = [await node("delivery"), await node("delivery"), await node("delivery")];
    const organizations = ["seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen"];
    for (const [index, each] of organizations.entries()) await subscribe(api, key, each, index + 11);
    for (const each of organizations) await send(api, key, each);
    await until("the first", () => organizations.every((each) => heard(each) === 1));
    const first = new Set(receiver.requests.map(idOf));
    await until("shares", () => nodes.every(({ errors }) => /slice\.taken/.test(errors())));

    await kill(nodes[0]!);
    nodes[1]!.process.kill("SIGSTOP");
    for (const each of organizations) await send(api, key, each);
    await until("the second", () => organizations.every((each) => heard(each) === 2), 45_000);
    nodes[1]!.process.kill("SIGCONT");
    await until("the end of what it had", () => /slice\.(lost|failed)|ownership_lost/.test(nodes[1]!.errors()), 30_000);
    for (const each of organizations) await send(api, key, each);
    await until("the third", () => organizations.every((each) => heard(each) === 3), 30_000);
    // What was under way at the kill may come twice; another attempt has another number.
    const attempts = receiver.requests
      .filter((request) => !first.has(idOf(request)))
      .map(({ headers }) => `${String(headers["belfry-delivery"])} ${String(headers["belfry-attempt"])}`);
    assert.equal(new Set(attempts).size, attempts.length);
    const begun = Date.now();
    await Promise.all([stop(nodes[1]!), stop(nodes[2]!), stop(api)]);
    assert.ok(Date.now() - begun < 20_000);
  });

  test("a request sees what another node had changed before it came: a subscription is used, a removed one is not, a revoked key is none", async () => {
    const [one, other] = [await node("all"), await node("all")];
    const key = (operatorKey ||= one.key);
    const made = await call(`${one.url}/v1/keys`, { key, body: { role: "operator" } });
    assert.equal(made.status, 201);
    const second = made.body.key as string;
    assert.equal((await call(`${other.url}/v1/keys`, { key: second })).status, 200);
    const subscription = await subscribe(one, second, "fifteen", 31);
    await send(other, second, "fifteen");
    await until("the first", () => heard("fifteen") === 1);
    const removed = await call(`${other.url}/v4/buildings/31/integrations/${subscription}`, {
      method: "DELETE",
      key,
      headers: { "belfry-organization": "fifteen" },
    });
    assert.equal(removed.status, 204);
    await send(one, second, "fifteen");
    const revoked = await call(`${one.url}/v1/keys/${made.body.client_id}`, { method: "DELETE", key });
    assert.ok(revoked.status < 300, JSON.stringify(revoked.body));
    assert.equal((await call(`${other.url}/v1/keys`, { key: second })).status, 401);
    // Hints are quick, too: not always.
    for (let turn = 0; turn < 20; turn++) assert.equal(await useRevoked(one, other, key), 401);
    assert.equal(heard("fifteen"), 1);
    await until("the half of two nodes", async () => {
      const metrics = await (await fetch(`${other.url}/metrics`)).text();
      return /^belfry_nodes 2$/m.test(metrics) && /^belfry_slices_owned 16$/m.test(metrics);
    });
    await Promise.all([stop(one), stop(other)]);
  });

  test("what an owner knows, an api node tells: counts, sensors, lanes; and what is asked of an owner is done", async () => {
    const api = await node("api");
    const key = (operatorKey ||= api.key);
    const organization = "sensed";
    const room = { id: "lobby_17", name: "Lobby" };
    const placed = { room_id: room.id, center: [0, 0], height: 3 };
    const sensor = { id: "sensor_17", mac_address: "00-17-0d-00-00-6a-3f-17", mode: "presence", ...placed };
    const floors = [{ id: "floor_17", name: "Ground", rooms: [room], sensors: [sensor] }];
    const building = { id: "building_sensed", name: "Tower", butterflymx_id: 41, floors };
    const put = await call(`${api.url}/v1/building-model`, {
      method: "PUT",
      key,
      body: {
        organization: { id: organization, name: organization },
        sites: [{ id: "site_17", name: "Campus", timezone: "UTC", buildings: [building] }],
      },
    });
    assert.ok(put.status < 300, JSON.stringify(put.body));

    // What failed is tried again when it is asked for, and by itself long after.
    const owner = await node("delivery", { BELFRY_RETRY_DELAYS: "1h" });
    const stream = await fetch(`${api.url}/v1/stream`, { headers: { authorization: `Bearer ${key}` } });
    const begun = await stream.body!.pipeThrough(new TextDecoderStream()).getReader().read();
    assert.match(begun.value ?? "", /event: hello\ndata: \{.*"partial":true\}/, "what owners know is not told here");

    const open = await call(`${api.url}/v1/alerts/open?organization=${organization}`, { key });
    assert.equal(open.status, 200, JSON.stringify(open.body));
    const heardBefore = await call(`${api.url}/v1/sensors?organization=${organization}`, { key });
    assert.equal(heardBefore.status, 200, JSON.stringify(heardBefore.body));
    assert.equal(heardBefore.body.data[0].online, false);
    const observed = await call(`${api.url}/v1/observations`, {
      key,
      body: { kind: "detections", sensor: sensor.id, at: Date.now(), local: [[0, 0]] },
    });
    assert.equal(observed.status, 202, JSON.stringify(observed.body));
    await until("the sensor", async () => {
      const sensors = await call(`${api.url}/v1/sensors?organization=${organization}`, { key });
      return sensors.body.data[0].online === true;
    });
    const now = await call(`${api.url}/v1/occupancy?space=${room.id}`, { key });
    assert.equal(now.status, 200, JSON.stringify(now.body));

    const id = await subscribe(api, key, "eighteen", 42);
    receiver.answer({ status: 500 });
    await send(api, key, "eighteen");
    await until("a failure", () => heard("eighteen") === 1);
    const status = async () =>
      (await call(`${api.url}/v1/subscriptions/${id}`, { key, headers: { "belfry-organization": "eighteen" } })).body;
    await until(
      "the failure in the lane's status",
      async () => (await status()).lane?.status?.consecutive_failures === 1,
    );
    receiver.answer({ status: 200 });
    const tried = receiver.requests.length;
    const retried = await call(`${api.url}/v1/subscriptions/${id}/retry`, {
      method: "POST",
      key,
      headers: { "belfry-organization": "eighteen" },
    });
    assert.equal(retried.status, 200, JSON.stringify(retried.body));
    await until("the retry", () => receiver.requests.length === tried + 1);
    await Promise.all([stop(api), stop(owner)]);
  });

  test("where nobody owns an organization yet, its api node lives on, whatever it would have an owner do", async () => {
    const api = await serve(makePlace(), { BELFRY_DATABASE_URL: await postgres.create(), BELFRY_ROLE: "api" });
    const made = await call(`${api.url}/v1/alerts`, { key: api.key, body: { url: `${receiver.url}/alone` } });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const sent = await call(`${api.url}/v1/alerts/${made.body.id}/test`, { method: "POST", key: api.key });
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    await until("the question to the owner", () => /call\.not_sent/.test(api.errors()));
    assert.equal((await call(`${api.url}/healthz`)).status, 200);
    await stop(api);
  });

  test("without its database a node answers 503, says so in /readyz, and stops in time", async () => {
    const away = await startPostgres();
    const server = await serve(makePlace(), {
      BELFRY_DATABASE_URL: await away.create(),
      BELFRY_MASTER_KEY: masterKey,
    });
    await subscribe(server, server.key, "sixteen", 1);
    await away.stop();
    const sent = await call(`${server.url}/v1/events?dialect=butterflymx&building=building_sixteen`, {
      key: server.key,
      headers: { "belfry-organization": "sixteen" },
      body: { event: { resource_type: "access_log", action: "create", data: { id: 1, name: "Somebody" } } },
    });
    assert.equal(sent.status, 503, JSON.stringify(sent.body));
    assert.equal((await call(`${server.url}/readyz`)).status, 503);
    assert.equal((await call(`${server.url}/healthz`)).status, 200);
    const begun = Date.now();
    server.process.kill("SIGTERM");
    await server.ended;
    assert.ok(Date.now() - begun < 20_000, `${Date.now() - begun} ms`);
  });
});
