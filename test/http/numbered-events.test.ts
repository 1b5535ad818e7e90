// GET /v1/subscriptions/{id}/events: who may read it, what it tells of each number, and how it waits.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mostWaiting } from "../../src/delivery/arrivals.ts";
import type { Subscription } from "../../src/model/subscription.ts";
import { accept, event, owed } from "../contract/samples.ts";
import { addDelivery, addSubscription, ask, type House, keyFor, modelOf, openHouse } from "./fixture.ts";

let house: House;
let operator: string;
let whole: Subscription;
let ofBuilding: Subscription;
let ofTenant: Subscription;

before(async () => {
  house = await openHouse();
  operator = await keyFor(house, "operator");
  for (const name of ["a", "b"]) await ask(house, "PUT /v1/building-model", { key: operator, body: modelOf(name) });
  whole = await addSubscription(house, "org_a", {});
  ofBuilding = await addSubscription(house, "org_a", { scope: { kind: "building", id: "building_a" } });
  ofTenant = await addSubscription(house, "org_a", { scope: { kind: "tenant", id: "tenant_a" } });
});
after(() => house.close());

const read = (subscription: Subscription, query = "", key = operator) =>
  ask(house, `GET /v1/subscriptions/${subscription.id}/events${query}`, { key });
const owe = (subscription: Subscription, id: string, variant = 0) =>
  accept(house.store, [event(id, { deliveries: [owed(subscription.number, { variant })] })], "org_a");
const tell = (subscription: Subscription) =>
  house.arrivals.enqueuer.readLater(subscription.number, "live", house.clock.now());

test("it lists numbers with their deliveries, and bodies as they are sent", async () => {
  const delivery = await addDelivery(house, whole, "event_1");
  await owe(whole, "event_2", 3);
  const { status, body } = await read(whole);
  assert.equal(status, 200);
  const first = { sequence: 1, event: "event_1", delivery: `delivery_${delivery}`, type: "TRAFFIC", state: "pending" };
  assert.deepEqual(body.data[0], { ...first, body: '{"id":"event_1","n":1.0}' });
  assert.equal(body.data[1].body, '3{"id":"event_2","value":1.0}');
  assert.equal(body.last, 2);
  assert.deepEqual((await read(whole, "?after=1&limit=1")).body, { data: [body.data[1]], last: 2 });
  assert.deepEqual((await read(whole, "?after=2")).body, { data: [], last: 2 });
});

test("a correction says so, with the value that it replaces", async () => {
  const correction = { revision: 2, previous: "3", deliveries: [owed(ofTenant.number)] };
  await accept(house.store, [event("event_corrected", correction)], "org_a");
  const [told] = (await read(ofTenant)).body.data;
  assert.deepEqual([told.revision, told.previous_value], [2, 3]);
});

test("keys read their own subscriptions, and others are not there for them", async () => {
  const keys = {
    organization: await keyFor(house, "organization", "org_a"),
    viewer: await keyFor(house, "viewer", "org_a"),
    building: await keyFor(house, "building", "org_a", "building_a"),
    tenant: await keyFor(house, "tenant", "org_a", "tenant_a"),
    elsewhere: await keyFor(house, "organization", "org_b"),
  };
  const statuses = async (key: string) =>
    [await read(whole, "", key), await read(ofBuilding, "", key), await read(ofTenant, "", key)].map(
      ({ status }) => status,
    );
  assert.deepEqual(await statuses(keys.organization), [200, 200, 200]);
  assert.deepEqual(await statuses(keys.viewer), [200, 200, 200]);
  assert.deepEqual(await statuses(keys.building), [404, 200, 200]);
  assert.deepEqual(await statuses(keys.tenant), [404, 404, 200]);
  assert.deepEqual(await statuses(keys.elsewhere), [404, 404, 404]);
  assert.equal((await read(whole, "", await keyFor(house, "ingest", "org_a"))).status, 403);
});

test("a number that is none, a limit and a wait out of bounds are refused", async () => {
  for (const query of ["?after=-1", "?after=x", "?limit=0", "?limit=1001", "?wait_s=61", "?wait=1"]) {
    assert.equal((await read(whole, query)).status, 400, query);
  }
});

test("with wait_s it answers when something is owed to this subscription, or when the time is over", async () => {
  const waits = read(ofBuilding, "?wait_s=30");
  await house.clock.pass(1_000);
  await owe(whole, "event_elsewhere");
  tell(whole);
  await owe(ofBuilding, "event_news");
  tell(ofBuilding);
  assert.deepEqual(
    (await waits).body.data.map(({ event }: { event: string }) => event),
    ["event_news"],
  );
  const asked = house.clock.now();
  const late = read(ofBuilding, "?after=1&wait_s=30").then(({ body }) => ({ body, at: house.clock.now() }));
  for (let second = 0; second < 31; second++) await house.clock.pass(1_000);
  const { body, at } = await late;
  assert.deepEqual(body, { data: [], last: 1 });
  assert.ok(at - asked >= 30_000, `answered ${at - asked} ms after it was asked`);
  assert.equal((await read(ofBuilding, "?wait_s=30")).body.data.length, 1, "what is there already is answered at once");
});

test("an organization has so many requests that wait, another one has its own, and a stop ends them all", async () => {
  const waits = Array.from({ length: mostWaiting }, () => read(ofTenant, "?after=1&wait_s=60"));
  await house.clock.pass(10);
  const refused = await read(ofTenant, "?after=1&wait_s=60");
  assert.deepEqual([refused.status, refused.body.code], [429, "TOO_MANY_REQUESTS"]);
  assert.equal((await read(ofTenant)).status, 200, "without waiting it is answered");
  const other = await addSubscription(house, "org_b", {});
  const theirs = read(other, "?wait_s=60");
  await house.clock.pass(10);
  await house.arrivals.stop();
  for (const answer of await Promise.all([...waits, theirs])) assert.deepEqual(answer.body.data, []);
});
