import assert from "node:assert/strict";
import { test } from "node:test";
import { grantsOf } from "../../../src/building/entitled.ts";
import { express, typeOf } from "../../../src/dialects/butterflymx/payload.ts";
import type { AccessFact, AccessLog, CallFact, CallLog, CallStatusFact } from "../../../src/model/fact.ts";
import { faultsOf } from "./contracts/deliveries.ts";
import { north } from "./place.ts";

const accessFact = (data: AccessLog): AccessFact => ({
  kind: "access",
  building: "building_1",
  at: Date.parse(data.logged_at),
  revision: 0,
  data,
});
const callFact = (data: CallLog): CallFact => ({
  kind: "call",
  building: "building_1",
  at: Date.parse(data.logged_at),
  revision: 0,
  data,
});
const expressed = (fact: AccessFact | CallFact | CallStatusFact) => {
  const event = express(fact, north, () => "event_1", grantsOf)!;
  assert.equal(faultsOf(typeOf(fact)!, JSON.parse(event.body)), "");
  return event;
};

const entry: AccessLog = {
  id: 123456789,
  logged_at: "2025-04-24T10:24:35Z",
  access_point: 22177636,
  entry_method: "Swipe to open",
  release_status: "Unlocked",
  name: "John Tenant",
  image_url: "https://cdn.butterflymx.com/snapshot.png",
  release_type: "Tenant",
  unit: 843107216,
  tenant_id: 37112193,
};

const call: CallLog = {
  id: 400494507,
  guid: "00000000-0000-4000-8000-000000000000",
  building_id: 577696272,
  logged_at: "2026-06-14T15:12:19Z",
  notification_type: "visitor",
  recipient: { id: 377389742, type: "Tenant" },
  unit: { id: 474917539 },
  device: { id: 708353660, name: "Main Entrance" },
  status: "initializing",
  image_url: "https://cdn.butterflymx.com/snapshot.png",
};

test("an entry goes out as the guide's example, key by key and in its order", () => {
  assert.deepEqual(expressed(accessFact(entry)), {
    id: "event_1",
    dialect: "butterflymx",
    type: "access_log.create",
    subject: "front",
    scopes: { building: "building_1", resource: "front", tenants: ["alia"], selves: ["alia"], somebody: false },
    at: Date.parse("2025-04-24T10:24:35Z"),
    body:
      `{"event":{"resource_type":"access_log","action":"create","data":{"id":123456789,` +
      `"logged_at":"2025-04-24T10:24:35Z","access_point":22177636,"entry_method":"Swipe to open",` +
      `"release_status":"Unlocked","name":"John Tenant","image_url":"https://cdn.butterflymx.com/snapshot.png"}}}`,
    revision: 0,
    previous: null,
    value: null,
  });
});

test("a call goes out with the flat keys that receivers read, and the REST record in the envelope, in one body", () => {
  const event = expressed(callFact({ ...call, provider: "twilio" }));
  const panel = { id: 708353660, name: "Main Entrance", sip_username: "panel_2" };
  const { event: inside, ...flat } = JSON.parse(event.body);
  assert.deepEqual(Object.entries(flat), [
    ["guid", "00000000-0000-4000-8000-000000000000"],
    ["user", { id: 377389742, first_name: "Duncan", last_name: "Idaho", sip_username: "1001", email: "d@example.com" }],
    ["panel", panel],
    ["unit", { id: 474917539, label: "5A" }],
    ["provider", "twilio"],
    ["source", panel],
    ["image_url", "https://cdn.butterflymx.com/snapshot.png"],
  ]);
  assert.equal(
    JSON.stringify(inside),
    `{"resource_type":"call","action":"create","data":{"id":400494507,` +
      `"guid":"00000000-0000-4000-8000-000000000000","building_id":577696272,"logged_at":"2026-06-14T15:12:19Z",` +
      `"notification_type":"visitor","recipient":{"id":377389742,"type":"Tenant"},"unit":{"id":474917539},` +
      `"device":{"id":708353660,"name":"Main Entrance"},"status":"initializing",` +
      `"image_url":"https://cdn.butterflymx.com/snapshot.png"}}`,
  );
  assert.equal(event.type, "call.create");
  assert.equal(event.subject, "panel");
  assert.deepEqual(event.scopes, {
    building: "building_1",
    resource: "panel",
    tenants: ["duncan"],
    selves: ["duncan"],
    somebody: false,
    called: "duncan",
  });
});

test("a status goes out as first-party receivers read it, beside the envelope", () => {
  const data = { ...call, status: "opened_door" };
  const event = expressed({ ...callFact(data), kind: "call_status", told: true });
  const body = JSON.parse(event.body);
  assert.equal(event.type, "call.status_update");
  assert.deepEqual([body.call, body.status], [{ guid: call.guid }, "opened_door"]);
  assert.deepEqual([body.event.action, body.event.data.status], ["status_update", "opened_door"]);
});

test("a status that nobody said is told to nobody", () => {
  const fact = { ...callFact(call), kind: "call_status", told: false } as const;
  assert.equal(
    express(fact, north, () => "event_1", grantsOf),
    null,
  );
});

test("an entry of a door that did not open is an event of its own", () => {
  assert.equal(expressed(accessFact({ ...entry, release_status: "Locked" })).type, "access_log.other");
});

test("a call for the attendant has neither unit nor tenant, and one without a device is about the building", () => {
  const event = expressed(
    callFact({ ...call, recipient: { id: null, type: "Attendant" }, unit: null, device: null, status: null }),
  );
  const { data } = JSON.parse(event.body).event;
  assert.deepEqual(data.recipient, { id: null, type: "Attendant" });
  assert.deepEqual([data.unit, data.device, data.status], [null, null, null]);
  assert.equal(event.subject, "building_1");
  assert.deepEqual(event.scopes, { building: "building_1", tenants: [] });
});

test("ids that nobody numbered stay as the sender gave them", () => {
  const { data } = JSON.parse(expressed(accessFact({ ...entry, id: "a-7", access_point: "shed" })).body).event;
  assert.deepEqual([data.id, data.access_point], ["a-7", "shed"]);
});

test("the time is UTC to the second", () => {
  const event = expressed({ ...accessFact(entry), at: Date.parse("2025-04-24T12:24:35.999+02:00") });
  assert.equal(JSON.parse(event.body).event.data.logged_at, "2025-04-24T10:24:35Z");
});

test("the five documented rows of an access log keep their values and reach whom they concern", () => {
  const rows: readonly (readonly [AccessLog, readonly string[]])[] = [
    [{ ...entry, id: 156501242, name: "Alia Atredis" }, ["alia"]],
    [
      {
        id: 623072202,
        logged_at: "2026-06-16T18:00:00Z",
        access_point: 842395203,
        release_status: "Locked",
        name: null,
        release_type: null,
        unit: null,
        tenant_id: null,
        entry_method: null,
        image_url: null,
      },
      [],
    ],
    [
      {
        ...entry,
        id: 525036436,
        name: "Duncan Idaho",
        release_type: "Visitor",
        unit: 474917539,
        tenant_id: 377389742,
        entry_method: { keychain: 254331397 },
      },
      ["duncan"],
    ],
    [
      {
        ...entry,
        id: 274552142,
        name: "Unknown",
        release_type: "Visitor",
        unit: null,
        tenant_id: null,
        entry_method: "Visitor Pass (using QR code)",
      },
      [],
    ],
    [
      {
        ...entry,
        id: 561908629,
        access_point: 842395203,
        name: "USPS",
        release_type: "Delivery",
        unit: null,
        tenant_id: null,
        entry_method: "Remote Doorman",
      },
      [],
    ],
  ];
  for (const [row, tenants] of rows) {
    const event = expressed(accessFact(row));
    const { id, logged_at, access_point, entry_method, release_status, name, image_url } = row;
    const documented = { id, logged_at, access_point, entry_method, release_status, name, image_url };
    assert.equal(JSON.stringify(JSON.parse(event.body).event.data), JSON.stringify(documented));
    assert.deepEqual(event.scopes.tenants, tenants);
  }
});

test("facts of the occupancy world give no event here", () => {
  const fact = { kind: "motion", room: "room_1", motion: true, at: 0, revision: 0 } as const;
  assert.equal(
    express(fact, north, () => assert.fail("no id is needed"), grantsOf),
    null,
  );
});
