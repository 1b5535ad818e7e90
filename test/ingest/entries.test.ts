// Entries and calls, from observation to event and to what is kept for reading.

import assert from "node:assert/strict";
import { fastify } from "fastify";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ModelDocument } from "../../src/building/document.ts";
import { createWayIn, operator, type WayIn } from "./fixture.ts";

const example = JSON.parse(
  readFileSync(new URL("../../examples/building-model.json", import.meta.url), "utf8"),
) as ModelDocument;
const everything = { organization: null, kind: null, building: null, tenants: null };
const kept = async ({ store }: WayIn) =>
  (await store.history.entries(everything, 100, 0)).items.map((entry) => ({ ...entry, data: JSON.parse(entry.data) }));
const at = Date.UTC(2026, 0, 1) - 60_000;
const access = (more: object) => ({ kind: "access", at, access_point: "door_main", ...more });
const call = (more: object) => ({ kind: "call", at, device: "device_panel", guid: "g-1", ...more });

async function begin(): Promise<WayIn> {
  const way = await createWayIn();
  await way.put(example);
  return way;
}

test("two panels that number by themselves and entries without numbers become one rising row; the panel's own number stays", async () => {
  const way = await begin();
  const answer = await way.observe(
    access({ id: 5, device: "device_panel" }),
    access({ id: 910000112, device: "device_other" }),
    access({ id: 6, device: "device_panel" }),
    access({}),
    // The other panel counts from 1 as well: that is no repetition.
    access({ id: 5, device: "device_other", name: "Somebody" }),
  );
  assert.deepEqual([answer.accepted, answer.duplicates, answer.rejected], [5, 0, []]);
  await way.deriver.settled();
  assert.ok(way.written.some(([, what]) => what === "events with entries"));
  const entries = await kept(way);
  assert.deepEqual(
    entries.map(({ sourceId }) => sourceId),
    ["5", null, "6", "910000112", "5"],
  );
  const shown = (await way.events()).map(({ body }) => (body as { event: { data: { id: number } } }).event.data.id);
  assert.deepEqual(entries.map(({ number }) => number).toReversed(), shown);
  assert.deepEqual(
    entries.map(({ data }) => data.id),
    entries.map(({ number }) => number),
  );
  assert.deepEqual(
    shown,
    shown.toSorted((a, b) => a - b),
  );
  await way.close();
});

test("an id that one panel sends again is a repetition, and with other content an error", async () => {
  const way = await begin();
  await way.observe(access({ id: 5, device: "device_panel" }));
  const again = await way.observe(
    access({ id: 5, device: "device_panel" }),
    access({ id: 5, device: "device_panel", name: "Other" }),
  );
  assert.deepEqual([again.duplicates, again.rejected.map(({ code }) => code)], [1, ["ID_REUSED"]]);
  await way.close();
});

test("a call and its statuses may come in one request, and what is kept says how it ended", async () => {
  const way = await begin();
  const answer = await way.observe(
    call({ unit: "unit_1a" }),
    { kind: "call_status", at: at + 5_000, guid: "g-1", status: "connecting_sip" },
    { kind: "call_status", at: at + 9_000, guid: "g-1", status: "opened_door" },
    { kind: "call_status", at: at + 9_000, guid: "g-2", status: "opened_door" },
  );
  assert.deepEqual(
    answer.rejected.map(({ index, code }) => [index, code]),
    [[3, "UNKNOWN_CALL"]],
  );
  await way.deriver.settled();
  assert.deepEqual(
    (await way.events()).map(({ type }) => type),
    ["call.create", "call.status_update", "call.status_update"],
  );
  const [entry, ...more] = await kept(way);
  assert.deepEqual(
    [entry!.status, entry!.data.status, entry!.guid, more.length],
    ["opened_door", "opened_door", "g-1", 0],
  );
  await way.close();
});

test("a call that nobody speaks of becomes unanswered after a minute, and no event says so", async () => {
  const way = await begin();
  await way.observe({ kind: "call", at: way.clock.now(), device: "device_panel" });
  await way.deriver.settled();
  assert.equal((await kept(way))[0]!.status, "initializing");
  way.clock.advance(61_500);
  await way.deriver.settled();
  assert.equal((await kept(way))[0]!.status, "timeout_online_signal");
  assert.equal((await way.events()).length, 1);
  await way.close();
});

test("a status that comes after a restart finds its call", async () => {
  const way = await begin();
  await way.observe(call({}));
  await way.deriver.settled();
  await way.restart();
  await way.observe({ kind: "call_status", at: at + 1, guid: "g-1", status: "rejected" });
  await way.deriver.settled();
  assert.deepEqual(
    (await kept(way)).map(({ status }) => status),
    ["rejected"],
  );
  await way.close();
});

test("an entry of a door that stayed shut is kept, and is no opening", async () => {
  const way = await begin();
  await way.observe(access({ release_status: "Locked" }));
  await way.deriver.settled();
  assert.deepEqual(
    (await way.events()).map(({ type }) => type),
    ["access_log.other"],
  );
  assert.equal((await kept(way))[0]!.status, "Locked");
  await way.close();
});

test("a known tenant's name and a unit's only tenant come from the model", async () => {
  const way = await begin();
  await way.observe(access({ unit: "unit_1a" }), access({ unit: "unit_1a", release_type: "Visitor", name: null }));
  await way.deriver.settled();
  const { model } = (await way.organizations.get("org_example"))!;
  const tenant = [...model!.tenants].find(({ unit }) => unit.id === "unit_1a")!;
  const [visitor, own] = await kept(way);
  assert.deepEqual([own!.data.tenant_id, own!.data.name], [tenant.number, tenant.fullName]);
  assert.deepEqual([visitor!.data.tenant_id, visitor!.data.name], [tenant.number, null]);
  await way.close();
});

test("ready-made entries and calls stand beside the others with their sender's numbers, and in no log of the vendor's API", async () => {
  const way = await begin();
  const entry = (id: number, more: object) => ({
    event: { resource_type: "access_log", action: "create", data: { id, access_point: "door_main", ...more } },
  });
  const ready = (...events: object[]) => {
    const items = events.map((value) => ({ text: JSON.stringify(value), value }));
    const addressee = { organization: "org_example", building: null, unit: null, tenant: null };
    return way.acceptor.events("butterflymx", items, addressee, operator);
  };
  const placed = { building_id: "building_example", unit: { id: "unit_1a" }, status: "initializing" };
  const status = { id: 8, guid: "g-8", building_id: "building_example", status: "opened_door" };
  const answer = await ready(
    entry(910000112, { name: "Somebody" }),
    entry(5, { release_status: "Locked" }),
    entry(910000112, { name: "Somebody" }),
    {
      event: {
        resource_type: "door_release",
        action: "create",
        data: entry(910000112, { name: "Somebody" }).event.data,
      },
    },
    { guid: "g-8", event: { resource_type: "call", action: "create", data: { id: 8, ...placed } } },
    { event: { resource_type: "call", action: "status_update", data: status } },
  );
  assert.deepEqual([answer.accepted, answer.duplicates, answer.rejected], [4, 2, []]);
  assert.deepEqual(way.written, [["org_example", "events with entries"]]);
  await way.observe(access({ id: 7 }));
  await way.deriver.settled();
  await way.restart();
  await way.observe(access({ id: 8 }));
  await way.deriver.settled();
  const { items } = await way.store.history.entries({ ...everything, withReadyMade: true }, 100, 0);
  assert.deepEqual(
    items.map(({ kind, sourceId, guid, status: last, readyMade = false, data }) => [
      kind,
      sourceId,
      guid,
      last,
      readyMade,
      readyMade ? JSON.parse(data).id : null,
    ]),
    [
      ["access", "8", null, "Unlocked", false, null],
      ["access", "7", null, "Unlocked", false, null],
      ["call", "8", "g-8", "opened_door", true, 8],
      ["access", "5", null, "Locked", true, 5],
      ["access", "910000112", null, "Unlocked", true, 910000112],
    ],
  );
  // They share one row of numbers, of which none is given out twice, and none looks like a sender's.
  const numbers = items.map(({ number }) => number);
  assert.deepEqual(
    numbers,
    [...new Set(numbers)].toSorted((one, other) => other - one),
  );
  assert.ok(numbers.every((number) => number > 1_000_000_000));
  assert.deepEqual(
    (await kept(way)).map(({ sourceId }) => sourceId),
    ["8", "7"],
  );
  assert.deepEqual(await way.store.ledger.findCall(null, "g-8"), []);
  const calls = await way.store.history.entries({ ...everything, kind: "call", withReadyMade: true }, 100, 0);
  assert.equal(calls.total, 1);
  assert.equal((await way.store.history.entries({ ...everything, kind: "call" }, 100, 0)).total, 0);
  await way.close();
});

test("an entry says the same at every station, whatever opened the door, with and without tenant and unit", async () => {
  const way = await begin();
  const building = example.sites[0]!.buildings![0]!;
  const keychain = { id: "pass", tenant_id: building.tenants![0]!.id };
  const tool = { id: "fob", tenant_id: building.tenants![0]!.id };
  const document = structuredClone(example);
  Object.assign(document.sites[0]!.buildings![0]!, { keychains: [keychain], access_tools: [tool] });
  await way.put(document);
  const { model } = (await way.organizations.get("org_example"))!;
  const number = (records: "units" | "tenants" | "keychains" | "accessTools" | "accessPoints", id: string) =>
    model![records].get(id)!.number;
  const methods = [
    "Swipe to open",
    "Visitor Pass (using QR code)",
    "Visitor Pass (using PIN)",
    "Remote Doorman",
    "App call",
    "API",
    "a word of tomorrow",
    { keychain: "pass" },
    { access_tool: "fob" },
    null,
  ];
  const tenant = building.tenants![0]!.id;
  const combinations = methods.flatMap((entry_method) =>
    [null, tenant].flatMap((tenant_id) =>
      [null, "unit_1a"].map((unit) => ({ entry_method, tenant_id, unit, name: "N", image_url: "https://i.example/x" })),
    ),
  );
  const answer = await way.observe(...combinations.map((each) => access(each)));
  assert.deepEqual([answer.accepted, answer.rejected], [40, []]);
  await way.deriver.settled();

  const dialect = way.dialects.find(({ name }) => name === "butterflymx")!;
  const server = fastify();
  await dialect.routes(server);
  const headers = { authorization: "Bearer operator", "belfry-organization": "org_example" };
  const url = `/v4/buildings/${model!.buildings.get("building_example")!.number}/access_logs?per=100`;
  const rest = (await server.inject({ url, headers })).json().data.toReversed();
  const { items } = await way.store.history.events({
    organization: null,
    type: null,
    since: null,
    limit: 100,
    before: null,
  });
  const delivered = items
    .toReversed()
    .map(({ body }) => [1, 2].map((variant) => JSON.parse(dialect.compose(body, variant))));
  assert.deepEqual([rest.length, delivered.length], [40, 40]);
  const first = (await kept(way)).at(-1)!.number;
  for (const [index, { entry_method, tenant_id, unit, name, image_url }] of combinations.entries()) {
    const method =
      entry_method === null || typeof entry_method === "string"
        ? entry_method
        : "keychain" in entry_method
          ? { keychain: number("keychains", "pass") }
          : { access_tool: number("accessTools", "fob") };
    const shown = {
      id: first + index,
      logged_at: new Date(at).toISOString().replace(".000Z", "Z"),
      access_point: number("accessPoints", "door_main"),
      entry_method: method,
      release_status: "Unlocked",
      name,
      image_url,
    };
    for (const [at, resource_type] of ["access_log", "door_release"].entries()) {
      assert.deepEqual(delivered[index]![at], { event: { resource_type, action: "create", data: shown } });
    }
    // The unit's only tenant is filled in.
    const known = tenant_id === null && unit === null ? null : number("tenants", tenant);
    assert.deepEqual(rest[index], {
      ...shown,
      release_type: null,
      unit: unit === null ? null : number("units", unit),
      tenant_id: known,
    });
  }
  await server.close();
  await way.close();
});
