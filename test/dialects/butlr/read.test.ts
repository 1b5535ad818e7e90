import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { read } from "../../../src/dialects/butlr/read.ts";
import type { ReadyMade } from "../../../src/dialects/dialect.ts";
import { allExamples, examples, floor, room, zone } from "./place.ts";

const now = Date.UTC(2024, 9, 1);
const readText = (text: string): ReadyMade => read(text, JSON.parse(text), { now });

function accepted(text: string) {
  const result = readText(text);
  assert.ok(result.status === "read", JSON.stringify(result));
  return result;
}

function rejected(changes: Record<string, unknown>, metadata: Record<string, unknown> = {}) {
  const example = JSON.parse(examples.ROOM_OCCUPANCY) as { metadata: object };
  const value = { ...example, metadata: { ...example.metadata, ...metadata }, ...changes };
  const result = readText(JSON.stringify(value));
  assert.ok(result.status === "rejected", "it was read");
  return result;
}

test("every documented example is read as it stands", () => {
  for (const [type, text] of Object.entries(examples)) {
    const { event, organization, inputId } = accepted(text);
    assert.equal(event.body, text);
    assert.equal(event.type, type);
    assert.equal(event.at, 1727735832000);
    assert.equal(event.id, "event_2oUBiSXgx48RtbZKXHm5ekpAzFe");
    assert.equal(inputId, event.id);
    assert.equal(organization, "org_2oUBiRES2AmpczNM5yLu7pChz8o");
    assert.deepEqual([event.revision, event.previous], [0, null]);
  }
});

test("the subject follows from the type", () => {
  const subjects = Object.entries(examples).map(([type, text]) => [type, accepted(text).event.subject]);
  assert.deepEqual(Object.fromEntries(subjects), {
    DETECTIONS: "2oULMisdkRfEp6mBag2gLpJ0d7Z",
    TRAFFIC: "2oULMisdkRfEp6mBag2gLpJ0d7Z",
    FLOOR_OCCUPANCY: floor.id,
    ROOM_OCCUPANCY: room.id,
    ZONE_OCCUPANCY: zone.id,
    FLOOR_OCCUPANCY_1MIN: floor.id,
    ROOM_OCCUPANCY_1MIN: room.id,
    ZONE_OCCUPANCY_1MIN: zone.id,
    PIR_MOTION: room.id,
    PIR_NO_MOTION: room.id,
  });
});

test("scopes and value are those of the same event worked out here", () => {
  const { event } = accepted(examples.DETECTIONS.replace("00-17-0d-00-00-cc-bb-aa", "00:17:0D:00:00:CC:BB:AA"));
  assert.deepEqual(event.scopes, {
    site: floor.building.site.id,
    building: floor.building.id,
    floor: floor.id,
    room: room.id,
    mac: "00-17-0d-00-00-cc-bb-aa",
  });
  assert.equal(accepted(examples.ROOM_OCCUPANCY).event.value, "4");
  assert.equal(accepted(examples.TRAFFIC).event.value, null);
  assert.equal(accepted(examples.PIR_MOTION).event.value, null);
});

test("the body keeps fractions, big integers, doubled keys, spacing and escapes byte for byte", () => {
  const text =
    '{ "data":1.0,\t"id" : "e-1","type":"ROOM_OCCUPANCY","timestamp":1727735832000.0,"x":12345678901234567890,\r\n' +
    '"metadata":{"org_id":"o","room_id":"wrong","room_id":"r","note":"\\u00e9\\/"},"x":1e2  }';
  const { event } = accepted(text);
  assert.equal(event.body, text);
  assert.equal(event.subject, "r");
  assert.equal(event.value, "1");
});

test("any further content passes through untouched", () => {
  fc.assert(
    fc.property(fc.json(), fc.string(), (extra, key) => {
      const text = `${examples.ZONE_OCCUPANCY.slice(0, -1)}, ${JSON.stringify(`x${key}`)}: ${extra} }`;
      assert.equal(accepted(text).event.body, text);
    }),
  );
});

test("null in an optional place counts as absent", () => {
  const { event } = accepted(examples.DETECTIONS.replace(/"room_id": "[^"]+"/, '"room_id": null'));
  assert.equal("room" in event.scopes, false);
});

test("what is no object is rejected", () => {
  for (const text of ["[]", "null", "1", '"text"', "true"]) {
    const result = readText(text);
    assert.equal(result.status === "rejected" && result.code, "NOT_AN_OBJECT", text);
  }
});

test("an id must be 1 to 128 plain characters; a number is read as text", () => {
  for (const id of [undefined, null, 7.5, "", "a b", "ä", "x".repeat(129), "a/b"]) {
    assert.equal(rejected({ id }).code, "INVALID_ID", String(id));
  }
  const longest = "x".repeat(128);
  assert.equal(accepted(examples.PIR_MOTION.replace(/event_\w+/, longest)).inputId, longest);
  const numbered = accepted(examples.PIR_MOTION.replace(/"event_\w+"/, "4711"));
  assert.deepEqual([numbered.inputId, numbered.event.id], ["4711", "4711"]);
});

test("an unknown type is rejected, and a near miss is told the right name", () => {
  assert.equal(rejected({ type: undefined }).code, "UNKNOWN_EVENT_TYPE");
  assert.match(rejected({ type: "room_occupancy" }).message, /write ROOM_OCCUPANCY\./);
  assert.match(rejected({ type: "ROOM_OCCUPANCY_1M" }).message, /write ROOM_OCCUPANCY_1MIN\./);
  assert.match(rejected({ type: "toString" }).message, /the types are DETECTIONS, TRAFFIC/);
});

test("a timestamp must be whole milliseconds", () => {
  for (const timestamp of [undefined, null, "1727735832000", 1.5, -1, 1e20]) {
    assert.equal(rejected({ timestamp }).code, "INVALID_TIMESTAMP", String(timestamp));
  }
});

test("a timestamp before 2000 or more than a minute ahead is refused, and seconds and microseconds are told by name", () => {
  const text = (timestamp: number) => examples.ROOM_OCCUPANCY.replace("1727735832000", String(timestamp));
  assert.equal(accepted(text(now + 60_000)).event.at, now + 60_000);
  assert.equal(accepted(text(Date.UTC(2000, 0, 1))).event.at, Date.UTC(2000, 0, 1));
  assert.equal(rejected({ timestamp: now + 60_001 }).code, "TOO_FAR_IN_FUTURE");
  assert.equal(rejected({ timestamp: Date.UTC(2100, 0, 1) }).code, "TOO_FAR_IN_FUTURE");
  assert.equal(rejected({ timestamp: Date.UTC(2000, 0, 1) - 1 }).code, "TIME_TOO_OLD");
  assert.equal(rejected({ timestamp: 915_148_800 }).code, "TIME_TOO_OLD");
  assert.match(rejected({ timestamp: 1_727_735_832 }).message, /looks like seconds/);
  const micro = rejected({ timestamp: 1_727_735_832_000_000 });
  assert.equal(micro.code, "TOO_FAR_IN_FUTURE");
  assert.match(micro.message, /`timestamp` looks like microseconds/);
});

test("metadata must name the organization, and what else it names in strings", () => {
  assert.equal(rejected({ metadata: undefined }).code, "INVALID_METADATA");
  assert.equal(rejected({ metadata: [] }).code, "INVALID_METADATA");
  for (const org_id of ["a b", "a/b", "\ud800", "a\u0000", "x".repeat(129)]) {
    assert.equal(rejected({ metadata: { org_id, room_id: "room_1" } }).code, "INVALID_METADATA", org_id);
  }
  assert.match(rejected({}, { org_id: undefined }).message, /metadata\.org_id/);
  assert.match(rejected({}, { org_id: null }).message, /metadata\.org_id/);
  assert.match(rejected({}, { floor_id: 7 }).message, /metadata\.floor_id/);
  assert.match(rejected({}, { site_id: "" }).message, /metadata\.site_id/);
});

test("an event that does not say what it is about is about the smallest place around it that it names", () => {
  const subject = (type: string, metadata: object) =>
    accepted(JSON.stringify({ ...JSON.parse(examples.ROOM_OCCUPANCY), type, metadata })).event.subject;
  const places = { org_id: "org_1", building_id: "building_1", floor_id: "space_1" };
  assert.equal(subject("ROOM_OCCUPANCY", places), "space_1");
  assert.equal(subject("ZONE_OCCUPANCY", { ...places, room_id: "room_1" }), "room_1");
  assert.equal(subject("FLOOR_OCCUPANCY", { org_id: "org_1", room_id: "room_1", site_id: "site_1" }), "site_1");
  assert.equal(subject("PIR_MOTION", { org_id: "org_1" }), "org_1");
});

test("health is about its sensor or hive; a hive that is not named gives way to its floor", () => {
  assert.equal(accepted(allExamples.SENSOR_HEALTH).event.subject, "2oULMisdkRfEp6mBag2gLpJ0d7Z");
  assert.equal(accepted(allExamples.HIVE_HEALTH).event.subject, "hive_2oULLOWeATbeC4Ebfe849hNlFWk");
  assert.equal(accepted(allExamples.HIVE_HEALTH.replace("hive_id", "hive")).event.subject, floor.id);
  assert.equal(rejected({ type: "HIVE_HEALTH", data: { online: "yes" } }).code, "INVALID_DATA");
});

test("data must have the form of its type", () => {
  assert.equal(rejected({ data: undefined }).code, "INVALID_DATA");
  assert.equal(rejected({ data: "4" }).code, "INVALID_DATA");
  assert.equal(rejected({ type: "TRAFFIC", data: { in: 1 } }, { sensor_id: "s" }).code, "INVALID_DATA");
  assert.equal(rejected({ type: "DETECTIONS", data: { local: [] } }, { sensor_id: "s" }).code, "INVALID_DATA");
});

test("whatever JSON comes, it is read or rejected with a sentence, never thrown at", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const result = read("", value, { now });
      assert.ok(result.status === "read" || result.message.endsWith(".") || result.message.endsWith("?"));
    }),
  );
});
