// /v1/organizations/{id} and /v1/retention: an organization's own times, within bounds, and what each class costs.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isOnPostgres } from "../fixtures/test-store.ts";
import { addDelivery, addSubscription, ask, type House, keyFor, openHouse, start } from "./fixture.ts";

const day = 86_400_000;
let house: House;
let operator: string;

before(async () => {
  house = await openHouse();
  operator = await keyFor(house, "operator");
});
after(() => house.close());

const patch = (retention: object, id = "org_s", key = operator) =>
  ask(house, `PATCH /v1/organizations/${id}`, { key, body: { retention } });

test("an organization has a time of its own for what is named, and gives it back with null", async () => {
  await addSubscription(house, "org_s");
  const first = await patch({ events: "4d", minutes: "800d" });
  assert.equal(first.status, 200, first.text);
  const times = (body: { retention: Record<string, { kept: string; own: boolean }> }) =>
    Object.entries(body.retention).map(([kind, { kept, own }]) => [kind, kept, own]);
  assert.deepEqual(times(first.body), [
    ["events", "4d", true],
    ["observations", "1d", false],
    ["minutes", "800d", true],
    ["entries", "30d", false],
  ]);
  assert.deepEqual(await house.store.registry.retention("org_s"), { events: 4 * day, minutes: 800 * day });
  const second = await patch({ events: null, entries: "36h" });
  assert.deepEqual(
    times(second.body).map(([, kept]) => kept),
    ["7d", "1d", "800d", "36h"],
  );
  assert.deepEqual((await ask(house, "GET /v1/organizations/org_s", { key: operator })).body, second.body);
  const [entry] = (await house.store.history.audit({ limit: 1, before: null })).items;
  assert.deepEqual(
    [entry!.action, entry!.object, entry!.detail],
    ["organization.retention", "org_s", '{"retention":{"events":null,"entries":"36h"}}'],
  );
});

test("times out of bounds are refused, and events that would go before their retries end", async () => {
  for (const wrong of [
    {},
    { events: "5" },
    { events: "59m" },
    { entries: "4000d" },
    { minutes: "23h" },
    { sign_ins: "1d" },
    { events: 5 },
  ]) {
    assert.equal((await patch(wrong)).status, 422, JSON.stringify(wrong));
  }
  assert.match((await patch({ events: "3d" })).body.detail, /^Retries can take 72\.0 h: keep events for longer/);
  const { id } = await addSubscription(house, "org_long", { lane: { maxInFlight: null, retryDelays: [5 * day] } });
  const refused = await patch({ events: "5d" }, "org_long");
  assert.match(refused.body.detail, new RegExp(`^Retries of ${id} can take 120\\.0 h`));
  assert.equal((await patch({ events: "6d" }, "org_long")).status, 200);
  assert.equal((await patch({ events: "6d" }, "org_none")).status, 404);
});

test("operators set it, whoever reads the whole organization reads it, and nobody another's", async () => {
  const [owner, viewer] = [await keyFor(house, "organization", "org_s"), await keyFor(house, "viewer", "org_s")];
  assert.equal((await patch({ events: "5d" }, "org_s", owner)).status, 403);
  for (const key of [owner, viewer]) {
    assert.equal((await ask(house, "GET /v1/organizations/org_s", { key })).status, 200);
    assert.equal((await ask(house, "GET /v1/organizations/org_long", { key })).status, 404);
    assert.equal((await ask(house, "GET /v1/retention", { key })).status, 403);
  }
});

test("each class says how much there is of it, and since when", async () => {
  const subscription = await addSubscription(house, "org_much");
  for (let number = 0; number < 20; number++) await addDelivery(house, subscription, `event_much_${number}`);
  const { body } = await ask(house, "GET /v1/organizations/org_much", { key: operator });
  const { events, minutes } = body.retention;
  assert.deepEqual([events.rows, events.oldest], [20, new Date(start).toISOString()]);
  assert.deepEqual([minutes.rows, minutes.oldest, minutes.bytes], [0, null, 0]);
  const all = (await ask(house, "GET /v1/retention", { key: operator })).body;
  // On PostgreSQL few rows cost what their tables have: a page in each index of each partition.
  const most = isOnPostgres ? all.file_bytes : 20 * 1_000;
  assert.ok(events.bytes > 20 * 200 && events.bytes < most, `${events.bytes}`);
  assert.ok(all.retention.events.rows >= 20 && all.file_bytes > all.free_bytes);
});
