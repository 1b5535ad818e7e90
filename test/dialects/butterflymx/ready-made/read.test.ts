import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../fixtures/properties.ts";
import { grantsOf } from "../../../../src/building/entitled.ts";
import { compose } from "../../../../src/dialects/butterflymx/compose.ts";
import { createRead } from "../../../../src/dialects/butterflymx/ready-made/read.ts";
import type { Addressee, ReadyMade } from "../../../../src/dialects/dialect.ts";
import type { PlacePort } from "../../../../src/dialects/place-port.ts";
import { compileBuilding } from "../../../../src/building/compile.ts";
import type { TenantDocument } from "../../../../src/building/document.ts";
import { north, northDocument, south } from "../place.ts";

const now = Date.UTC(2026, 5, 17);
const readText = createRead(grantsOf);

const place: Pick<PlacePort, "buildingOf"> = {
  buildingOf: async (id, organization) => {
    for (const building of [north, south].filter(
      (each) => each.organization.id === (organization ?? each.organization.id),
    )) {
      const found =
        "building" in id
          ? building.buildings.get(id.building)?.id
          : building.accessPoints.get(id.accessPoint)?.building.id;
      if (found !== undefined) return { building, id: found };
    }
    return null;
  },
};

const nobody: Addressee = { organization: null, building: null, unit: null, tenant: null };
const addressed = (to: Partial<Addressee>): Addressee => ({ ...nobody, building: "building_1", ...to });

const entry = {
  id: 123456789,
  logged_at: "2025-04-24T10:24:35Z",
  access_point: 22177636,
  entry_method: "Swipe to open",
  release_status: "Unlocked",
  name: "John Tenant",
  image_url: "https://cdn.butterflymx.com/snapshot.png",
};
const bodyOf = (data: object, resource_type = "access_log") => ({ event: { resource_type, action: "create", data } });

const read = (value: unknown, addressee: Addressee = nobody): ReadyMade | Promise<ReadyMade> =>
  readText(JSON.stringify(value), value, { addressee, place, newId: () => "event_1", now });

async function accepted(value: unknown, addressee?: Addressee) {
  const made = await read(value, addressee);
  assert.equal(made.status, "read", JSON.stringify(made));
  return made;
}

async function refused(value: unknown, addressee?: Addressee) {
  const made = await read(value, addressee);
  assert.equal(made.status, "rejected", JSON.stringify(made));
  return made;
}

test("the documented example is read where its access point stands, with its text untouched", async () => {
  const text = `{ "event": {"action":"create", "resource_type":"access_log","data":${JSON.stringify(entry)}} }\n`;
  const made = await readText(text, JSON.parse(text), { addressee: nobody, place, newId: () => "event_1", now });
  assert.deepEqual(made, {
    status: "read",
    organization: "org_north",
    inputId: "123456789",
    event: {
      id: "event_1",
      dialect: "butterflymx",
      type: "access_log.create",
      subject: "front",
      scopes: { building: "building_1", resource: "front", tenants: [] },
      at: Date.parse("2025-04-24T10:24:35Z"),
      body: text,
      revision: 0,
      previous: null,
      value: null,
    },
    entry: {
      organization: "org_north",
      kind: "access",
      building: "building_1",
      at: Date.parse("2025-04-24T10:24:35Z"),
      sourceId: "123456789",
      guid: null,
      status: "Unlocked",
      type: "swipe_to_open",
      origin: "22177636",
      words: "\njohn tenant",
      data: JSON.stringify(entry),
      grants: [],
      readyMade: true,
    },
  });
});

test("both names of an entry are one event type, each subscriber hears its own", async () => {
  const { event } = await accepted(bodyOf(entry, "door_release"));
  assert.equal(event.type, "access_log.create");
  assert.equal(JSON.parse(compose(event.body, 1)).event.resource_type, "access_log");
  assert.equal(compose(event.body, 2), event.body);
});

test("the building comes from the query, else from building_id, else from the access point", async () => {
  const call = { guid: "g-1", building_id: 2, logged_at: "2026-06-14T15:12:19Z" };
  assert.equal((await accepted(bodyOf(call, "call"))).event.scopes.building, "building_2");
  assert.equal((await accepted(bodyOf({ guid: "g-1" }, "call"), addressed({}))).event.scopes.building, "building_1");
  assert.equal(
    (await accepted(bodyOf({ id: 1 }), addressed({ building: "577696272" }))).event.scopes.building,
    "building_1",
  );
  const foreign = { ...entry, building_id: 424242 };
  assert.equal((await accepted(bodyOf(foreign))).event.scopes.building, "building_1");
});

test("without a known building an event is rejected, and one of another organization looks the same", async () => {
  const unknown = await refused(bodyOf({ id: 1, access_point: 5 }));
  assert.equal(unknown.code, "UNKNOWN_BUILDING");
  assert.deepEqual(await refused(bodyOf(entry), addressed({ building: "nowhere" })), unknown);
  const southern: Partial<Addressee> = { organization: "org_north", building: "building_9" };
  assert.deepEqual(await refused(bodyOf({ id: 1 }), addressed(southern)), unknown);
  assert.deepEqual(
    await refused(bodyOf({ id: 1, access_point: 91 }), addressed({ organization: "org_north", building: null })),
    unknown,
  );
});

test("what is addressed to one building must not name a door, a unit or a tenant of another", async () => {
  const codes = [
    await refused(bodyOf(entry), addressed({ building: "building_2" })),
    await refused(bodyOf({ id: 1, building_id: 2 }, "call"), addressed({})),
    await refused(bodyOf(entry), addressed({ unit: "unit_2" })),
    await refused(bodyOf(entry), addressed({ tenant: "nobody" })),
  ].map(({ code }) => code);
  assert.deepEqual(codes, ["BUILDING_MISMATCH", "BUILDING_MISMATCH", "UNKNOWN_UNIT", "UNKNOWN_TENANT"]);
});

test("tenants are found by unit, tenant and credential, in the data or in the query, whatever names the record", async () => {
  const tenants = async (data: object, type?: string, to: Partial<Addressee> = {}) =>
    (await accepted(bodyOf({ ...data }, type), addressed(to))).event.scopes.tenants;
  assert.deepEqual(await tenants({ unit: 843107216 }), ["alia"]);
  assert.deepEqual(await tenants({ unit: "unit_4b" }), ["alia"]);
  assert.deepEqual(await tenants({ tenant_id: "377389742" }), ["duncan"]);
  assert.deepEqual(await tenants({ entry_method: { keychain: 254331397 } }), ["duncan"]);
  assert.deepEqual(await tenants({ entry_method: { access_tool: "fob" } }), ["alia"]);
  assert.deepEqual(await tenants({ entry_method: { face: 1 } }), []);
  assert.deepEqual(await tenants({ tenant_id: "duncan" }, "access_log", { tenant: "alia" }), ["alia"]);
  assert.deepEqual(await tenants({}, "access_log", { unit: "474917539" }), ["duncan"]);
  assert.deepEqual(await tenants({ recipient: { id: 37112193, type: "Tenant" } }, "call"), ["alia"]);
  assert.deepEqual(await tenants({ unit: { id: "unit_5a" } }, "call"), ["duncan"]);
  assert.deepEqual(await tenants({ recipient: { id: null, type: "Attendant" }, unit: null }, "call"), []);
  assert.deepEqual(await tenants({}, "call", { tenant: "duncan" }), ["duncan"]);
});

test("where only one's own counts, no spelling of a person reaches the others of the unit", async () => {
  const document = structuredClone(northDocument);
  const building = document.sites[0]!.buildings![0]! as unknown as { tenant_scope?: string; tenants: TenantDocument[] };
  building.tenants.push({ id: "mate", unit_id: "unit_5a", butterflymx_id: 99 });
  const reached = async (scope: "own" | "unit", data: object, type: string, more: object) => {
    building.tenant_scope = scope;
    const own = compileBuilding(document);
    const value = { ...more, ...bodyOf({ access_point: 22177636, ...data }, type) };
    const buildings = { buildingOf: async () => ({ building: own, id: "building_1" }) };
    const reading = { addressee: nobody, place: buildings, newId: () => "event_1", now };
    const made = await readText(JSON.stringify(value), value, reading);
    assert.equal(made.status, "read", JSON.stringify(made));
    return made.event.scopes.tenants;
  };
  const unit = 474917539;
  const duncan = 377389742;
  const table: readonly (readonly [type: string, data: object, own: string[], more?: object])[] = [
    ["call", { recipient: { type: "Tenant", id: duncan }, unit: { id: unit } }, ["duncan"]],
    ["call", { recipient: { type: "tenant", id: duncan }, unit: { id: unit } }, ["duncan"]],
    ["call", { recipient: { type: " TENANT ", id: duncan }, unit: { id: unit } }, ["duncan"]],
    ["call", { recipient: { id: duncan }, unit: { id: unit } }, ["duncan"]],
    ["call", { recipient: duncan, unit: { id: unit } }, ["duncan"]],
    ["call", { recipient: { type: "Resident", id: duncan }, unit: { id: unit } }, []],
    ["call", { recipient: { type: 7, id: duncan }, unit: { id: unit } }, []],
    ["call", { recipient: { type: "Tenant", id: 5 }, unit: { id: unit } }, []],
    ["call", { unit: { id: unit } }, ["duncan"], { user: { id: duncan } }],
    ["call", { unit: { id: unit } }, [], { user: { id: 5 } }],
    ["call", { unit: { id: unit } }, ["duncan", "mate"]],
    ["call", { recipient: { type: "attendant", id: null }, unit: { id: unit } }, ["duncan", "mate"]],
    ["access_log", { entry_method: { keychain: 7 }, unit }, []],
    ["access_log", { entry_method: { access_tool: "x" }, unit }, []],
    ["access_log", { entry_method: { virtual_key: 7 }, unit }, []],
    ["access_log", { entry_method: [7], unit }, []],
    ["access_log", { entry_method: { keychain: 254331397 }, unit }, ["duncan"]],
    ["access_log", { name: "Somebody", unit }, []],
    ["access_log", { name: { first: "Some", last: "Body" }, unit }, []],
    ["access_log", { name: "unknown", unit }, []],
    ["access_log", { name: "Unknown", unit }, ["duncan", "mate"]],
    ["access_log", { name: null, entry_method: "Swipe to open", unit }, ["duncan", "mate"]],
    ["access_log", { tenant_id: duncan, unit }, ["duncan"]],
    ["access_log", { tenant_id: 5, unit }, []],
  ];
  for (const [type, data, own, more = {}] of table) {
    assert.deepEqual(await reached("own", data, type, more), own, JSON.stringify([data, more]));
    const all = await reached("unit", data, type, more);
    assert.deepEqual(all?.toSorted(), ["duncan", "mate"], JSON.stringify([data, more]));
  }
});

test("subject and resource are the access point or the device, else the building", async () => {
  const about = async (data: object, type?: string) => {
    const { subject, scopes } = (await accepted(bodyOf(data, type), addressed({}))).event;
    return [subject, scopes.resource];
  };
  assert.deepEqual(await about({ access_point: "22177636" }), ["front", "front"]);
  assert.deepEqual(await about({ access_point: 5 }), ["5", "5"]);
  assert.deepEqual(await about({}), ["building_1", undefined]);
  assert.deepEqual(await about({ device: { id: 708353660, name: "Main Entrance" } }, "call"), ["panel", "panel"]);
  assert.deepEqual(await about({ device: null }, "call"), ["building_1", undefined]);
});

test("the sender's id is data.id as text, else data.guid, else none", async () => {
  const inputId = async (data: object) => (await accepted(bodyOf(data), addressed({}))).inputId;
  assert.equal(await inputId({ id: 7, guid: "g" }), "7");
  assert.equal(await inputId({ id: "7_a-B" }), "7_a-B");
  assert.equal(await inputId({ id: null, guid: "g-1" }), "g-1");
  assert.equal(await inputId({}), null);
});

test("a call has many statuses, each of them once, and a status must be text of some characters", async () => {
  const statusOf = (data: object) => ({ event: { resource_type: "call", action: "status_update", data } });
  const to = addressed({});
  const { event, inputId } = await accepted(statusOf({ guid: "g-1", status: "opened_door" }), to);
  assert.deepEqual([event.type, inputId], ["call.status_update", "g-1:opened_door"]);
  assert.equal((await accepted(statusOf({ status: "opened_door" }), to)).inputId, null);
  for (const status of [undefined, null, "", 7, { say: "opened_door" }, "x".repeat(257)]) {
    const { code, message } = await refused(statusOf({ guid: "g-1", status }), to);
    assert.equal(code, "INVALID_EVENT");
    assert.match(message, /event\.data\.status must be text/);
  }
});

test("an event without a time happened when it came in", async () => {
  assert.equal((await accepted(bodyOf({ guid: "g" }, "call"), addressed({}))).event.at, now);
});

test("logged_at is read like any other time: epoch milliseconds, every zone, from 2000 to a minute ahead", async () => {
  const at = async (logged_at: unknown) => (await accepted(bodyOf({ ...entry, logged_at }))).event.at;
  const moment = Date.UTC(2025, 3, 24, 10, 24, 35);
  for (const given of [moment, "2025-04-24T10:24:35+0000", "2025-04-24T12:24:35+02:00"]) {
    assert.equal(await at(given), moment, String(given));
  }
  assert.equal(await at(now + 60_000), now + 60_000);
  const code = async (logged_at: unknown) => (await refused(bodyOf({ ...entry, logged_at }))).code;
  assert.equal(await code(now + 60_001), "TOO_FAR_IN_FUTURE");
  assert.equal(await code("2100-01-01T00:00:00Z"), "TOO_FAR_IN_FUTURE");
  assert.equal(await code(moment * 1000), "TOO_FAR_IN_FUTURE");
  assert.equal(await code("1999-12-31T23:59:59Z"), "TIME_TOO_OLD");
  assert.equal(await code(moment / 1000), "INVALID_EVENT");
});

test("every fault of the data is named at once", async () => {
  const { code, message } = await refused(
    bodyOf({
      id: "a b",
      logged_at: "yesterday",
      access_point: [1],
      unit: true,
      tenant_id: 1.5,
      entry_method: { keychain: [] },
    }),
    addressed({}),
  );
  assert.equal(code, "INVALID_EVENT");
  for (const name of ["id", "logged_at", "access_point", "unit", "tenant_id", "entry_method.keychain"]) {
    assert.ok(message.includes(`event.data.${name} `), `${name} in: ${message}`);
  }
});

test("numbers that lost digits, local times and bodies without the envelope are refused", async () => {
  assert.equal((await refused(bodyOf({ id: 2 ** 53 }), addressed({}))).code, "INVALID_EVENT");
  for (const logged_at of ["2025-04-24T10:24:35", "2025-02-30T10:24:35Z", "2025-13-01T10:24:35Z"]) {
    assert.equal((await refused(bodyOf({ logged_at }), addressed({}))).code, "INVALID_EVENT", logged_at);
  }
  for (const value of [
    null,
    [],
    "x",
    {},
    { guid: "g", panel: {} },
    { event: [] },
    { event: { resource_type: "call" } },
  ]) {
    assert.equal((await refused(value, addressed({}))).code, "INVALID_EVENT");
  }
});

test("only the types that Belfry makes are taken", async () => {
  for (const type of ["call.delete", "access_log.delete", "unit.create"]) {
    const [resource_type, action] = type.split(".");
    assert.equal((await refused({ event: { resource_type, action, data: {} } })).code, "UNKNOWN_EVENT_TYPE");
  }
  assert.equal(
    (await refused({ event: { resource_type: ["call"], action: "create", data: {} } })).code,
    "UNKNOWN_EVENT_TYPE",
  );
});

test("any JSON is read or rejected, never thrown upon", async () => {
  const data = fc.dictionary(
    fc.constantFrom(
      "id",
      "guid",
      "logged_at",
      "access_point",
      "unit",
      "tenant_id",
      "entry_method",
      "recipient",
      "device",
      "building_id",
      "__proto__",
    ),
    fc.jsonValue({ maxDepth: 2 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.jsonValue(),
        data.map((it) => bodyOf(it)),
        data.map((it) => bodyOf(it, "call")),
      ),
      async (value) => {
        const made = await read(value, addressed({}));
        assert.ok(made.status === "read" || made.message.length > 0);
      },
    ),
  );
});
