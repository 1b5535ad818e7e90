// Doors that clients open, and the older API of mobile clients.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { entryOf } from "../../../../src/building/entry-of.ts";
import type { CallFact } from "../../../../src/model/fact.ts";
import { callFact } from "../../../fixtures/door-facts.ts";
import { progress } from "../../../contract/samples.ts";
import { compileBuilding } from "../../../../src/building/compile.ts";
import { release } from "../../../../src/dialects/butterflymx/records/door-release.ts";
import { sightOf } from "../../../../src/dialects/butterflymx/records/sight.ts";
import { openHouse, principals } from "../fixture.ts";
import { north, northDocument } from "../place.ts";

const house = await openHouse();
after(() => house.close());
const { epoch } = await house.store.ledger.acquire(0, 0);
const call = (id: number, tenant: number, unit: number): CallFact =>
  callFact(
    {
      id,
      guid: `g-${id}`,
      recipient: { id: tenant, type: "Tenant" },
      unit: { id: unit },
      device: { id: 708353660, name: "Main Entrance" },
      status: "initializing",
      provider: "twilio",
    },
    { at: id },
  );
const calls = [call(1, 377389742, 474917539), call(2, 377389742, 474917539), call(3, 37112193, 843107216)];
await house.store.ledger.accept([], progress(epoch, 0, { entries: calls.map((fact) => entryOf(fact, north, 0)) }));

const asked: object[] = [];
house.onOpen(async (request) => {
  asked.push(request);
  return true;
});
const open = (fields: object, as = "duncan") =>
  house.call("POST", "/v4/door_release_requests", { as, body: { door_release_request: fields } });
const releases = async () =>
  (await house.store.history.audit({ limit: 100, before: null })).items.filter(
    ({ action }) => action === "door_release_request.create",
  );

test("a door is opened by the bridge, answered as the vendor documents it, and noted before and after", async () => {
  const before = (await releases()).length;
  const { status, body } = await open({ tenant_id: 377389742, access_point_id: 22177636 });
  assert.equal(status, 201);
  const { id, guid: _, created_at, updated_at, ...rest } = body.data;
  assert.ok(Number.isInteger(id) && created_at === updated_at);
  assert.deepEqual(rest, { tenant_id: 377389742, access_point_id: 22177636, device_id: null, release_method: "api" });
  assert.deepEqual(asked.at(-1), { organization: "org_north", url: "https://bridge.example/", data: body.data });
  assert.equal((await releases()).length, before + 2);
});

test("a bridge that refuses or is silent makes a conflict, said in less than 300 bytes", async () => {
  house.onOpen(async () => false);
  const { status, text } = await open({ tenant_id: 377389742, access_point_id: 22177636 });
  assert.equal(status, 409);
  assert.ok(text.length < 300);
  const message =
    "The bridge of the door did not say that it opened: it refused, or did not answer within 5 seconds. Try again.";
  assert.deepEqual(JSON.parse(text), { errors: [{ field: "base", code: "conflict", message }] });
  const form = "data[type]=door_release_requests&data[relationships][panel][data][id]=708353660";
  const older = await house.call("POST", "/v3/me/open_door", {
    as: "duncan",
    text: form,
    type: "application/x-www-form-urlencoded",
  });
  assert.equal(older.status, 409);
  house.onOpen(async (request) => {
    asked.push(request);
    return true;
  });
});

test("a building's own bridge is asked; without an address, or a secret to sign with, nothing is asked or noted", async () => {
  const who = principals["duncan"]!;
  const call = { who, params: {}, query: {}, body: {}, organization: null, origin: "" };
  const deps = {
    registry: house.registry,
    place: { model: async () => north },
    clock: { now: () => 0, monotonic: () => 0, after: () => () => {} },
    newGuid: () => "guid",
    doorBridge: { open: async (request: object) => asked.push(request) > 0 },
    doorBridgeUrl: null,
  };
  const document = structuredClone(northDocument);
  Object.assign(document.sites[0]!.buildings![0]!, { door_bridge_url: "https://doors.example/" });
  const opened = (model: typeof north, changed: Partial<Parameters<typeof release>[0]> = {}) => {
    const [tenant, device] = [model.tenants.get("duncan")!, model.devices.get("panel")!];
    const wanted = { tenant, door: null, device, method: "api" };
    return release({ ...deps, ...changed }, call, sightOf(who, model, 0), wanted);
  };
  assert.equal((await opened(compileBuilding(document))).status, 201);
  assert.equal((asked.at(-1) as { url: string }).url, "https://doors.example/");
  const [askedBefore, notedBefore] = [asked.length, (await releases()).length];
  await assert.rejects(opened(north), { code: "INVALID" });
  await assert.rejects(opened(compileBuilding(document), { doorBridge: null }), { code: "INVALID" });
  assert.deepEqual([asked.length, (await releases()).length], [askedBefore, notedBefore]);
});

test("nobody opens for somebody else, at another building's door, or both a door and a device", async () => {
  const before = asked.length;
  const cases: readonly (readonly [object, string])[] = [
    [{ tenant_id: 377389742, access_point_id: 22177636 }, "alia"],
    [{ tenant_id: 377389742, access_point_id: 21 }, "duncan"],
    [{ tenant_id: 377389742 }, "duncan"],
    [{ tenant_id: 377389742, access_point_id: 22177636, device_id: 708353660 }, "duncan"],
    [{ access_point_id: 22177636 }, "duncan"],
  ];
  for (const [fields, as] of cases) assert.equal((await open(fields, as)).status, 422, JSON.stringify(fields));
  assert.equal((await open({ tenant_id: 377389742, access_point_id: 22177636 }, "viewer")).status, 404);
  assert.equal(asked.length, before);
});

test("a tenant's calls come newest first in JSON:API, with what a mobile client reads", async () => {
  const { body } = await house.call("GET", "/v3/me/calls", {
    as: "duncan",
    headers: { accept: "application/vnd.api+json" },
  });
  assert.deepEqual(
    body.data.map(({ id }: { id: string }) => id),
    ["2", "1"],
  );
  const [first] = body.data;
  assert.deepEqual(
    [first.attributes.guid, first.attributes.status, first.attributes.provider, first.relationships.panel.data.id],
    ["g-2", "initializing", "twilio", "708353660"],
  );
  const status = (await house.call("GET", "/v3/me/calls/g-1/status", { as: "duncan" })).body;
  assert.deepEqual([status.data.attributes.status, status.included[0].id], ["initializing", "1"]);
  assert.equal((await house.call("GET", "/v3/me/calls/g-3/status", { as: "duncan" })).status, 404);
});

test("a door is opened for one's own call alone, and the older form opens the panel", async () => {
  const notify = (guid: string, as = "duncan", action = "open_door") =>
    house.call("POST", `/v3/notifications/${action}`, {
      as,
      body: { data: { type: "notifications", attributes: { call_guid: guid, source_id: 708353660 } } },
      type: "application/vnd.api+json",
    });
  assert.equal((await notify("g-1")).status, 201);
  assert.equal((await notify("g-3")).status, 404);
  assert.equal((await notify("g-1", "duncan", "call_ended")).status, 200);
  assert.equal((await notify("g-1", "duncan", "explode")).status, 404);
  const before = asked.length;
  const form = new URLSearchParams({
    "data[type]": "door_release_requests",
    "data[attributes][release_method]": "front_door_view",
    "data[relationships][panel][data][id]": "708353660",
  });
  const opened = await house.call("POST", "/v3/me/open_door", {
    as: "duncan",
    text: `\ufeff${form.toString()}`,
    type: "application/x-www-form-urlencoded",
  });
  assert.equal(opened.status, 201, opened.text);
  assert.equal((asked[before] as { data: { release_method: string } }).data.release_method, "front_door_view");
});

test("a key hears who it is for, with building, panels and unit", async () => {
  const { body } = await house.call("GET", "/v3/me?include=tenants,tenants.building,tenants.panels", { as: "duncan" });
  assert.deepEqual([body.data.attributes.name, body.data.attributes.email], ["Duncan Idaho", "d@example.com"]);
  const types = body.included.map(({ type, id }: { type: string; id: string }) => `${type} ${id}`);
  assert.deepEqual(types, [
    "tenants 377389742",
    "buildings 577696272",
    "panels 708353660",
    "devices 708353660",
    "units 474917539",
  ]);
  const building = body.included.find(({ type }: { type: string }) => type === "buildings");
  assert.equal(building.attributes.open_door_button_enabled, true);
  assert.deepEqual((await house.server.inject({ url: "/api/mobile/regions" })).json(), { regions: ["na"] });
});
