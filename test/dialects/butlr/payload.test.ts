import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildingModel } from "../../../src/building/building.ts";
import { express } from "../../../src/dialects/butlr/payload.ts";
import { read } from "../../../src/dialects/butlr/read.ts";
import { eventTypeNames } from "../../../src/dialects/butlr/types.ts";
import type { Event } from "../../../src/model/event.ts";
import type { Fact } from "../../../src/model/fact.ts";
import { allExamples, buildingOf, floor, presence, room, traffic, zone } from "./place.ts";

const id = "event_2oUBiSXgx48RtbZKXHm5ekpAzFe";
const moment = { at: 1727735832000, revision: 0 };
const occupancy = { ...moment, kind: "occupancy", window: "instant" } as const;

const facts: Record<keyof typeof allExamples, Fact> = {
  DETECTIONS: {
    ...moment,
    kind: "detections",
    sensor: presence.id,
    local: [
      [0.5625, 0.125],
      [0.75, 0.5625],
    ],
    world: [
      [85.6941949999, 27.8292990001],
      [87.439295, 28.577199],
    ],
  },
  TRAFFIC: { ...moment, kind: "traffic", sensor: traffic.id, in: 0, out: 1 },
  FLOOR_OCCUPANCY: { ...occupancy, level: "floor", space: floor.id, count: 25 },
  ROOM_OCCUPANCY: { ...occupancy, level: "room", space: room.id, count: 4 },
  ZONE_OCCUPANCY: { ...occupancy, level: "zone", space: zone.id, count: 4 },
  FLOOR_OCCUPANCY_1MIN: { ...occupancy, window: "minute", level: "floor", space: floor.id, count: 25 },
  ROOM_OCCUPANCY_1MIN: { ...occupancy, window: "minute", level: "room", space: room.id, count: 4 },
  ZONE_OCCUPANCY_1MIN: { ...occupancy, window: "minute", level: "zone", space: zone.id, count: 4 },
  PIR_MOTION: { ...moment, kind: "motion", room: room.id, motion: true },
  PIR_NO_MOTION: { ...moment, kind: "motion", room: room.id, motion: false },
  SENSOR_HEALTH: {
    ...moment,
    kind: "health",
    type: "SENSOR_HEALTH",
    sensor: presence.id,
    health: {
      online: false,
      lastHeartbeat: 1727735652000,
      silentSince: 1727735652000,
      usualGapMs: 60_000,
      lastMessage: { detections: 1727735652000, traffic: null, motion: null, heartbeat: null },
      stuckSince: null,
      clock: "ok",
    },
  },
  HIVE_HEALTH: {
    ...moment,
    kind: "health",
    type: "HIVE_HEALTH",
    hive: presence.hive!.id,
    health: { online: true, lastHeartbeat: 1727735832000, silentSince: null, usualGapMs: null },
  },
};

const placeOf = (fact: Fact): BuildingModel => buildingOf({ sensors: [fact.kind === "traffic" ? traffic : presence] });

function expressed(fact: Fact, building: BuildingModel = placeOf(fact)): Event {
  const event = express(fact, building, () => id);
  assert.ok(event);
  return event;
}

const metadataOf = (event: Event) => (JSON.parse(event.body) as { metadata: Record<string, unknown> }).metadata;

test("there is an example for every event type", () => {
  assert.deepEqual(Object.keys(allExamples).toSorted(), eventTypeNames.toSorted());
});

for (const [type, example] of Object.entries(allExamples)) {
  test(`a ${type} payload has the documented keys and values in the documented order`, () => {
    const event = expressed(facts[type as keyof typeof allExamples]);
    assert.equal(event.body, JSON.stringify(JSON.parse(example)));
    assert.equal(event.type, type);
    assert.equal(event.id, id);
    assert.equal(event.dialect, "butlr");
    assert.equal(event.at, 1727735832000);
  });
}

test("states have a value; increments, edges and changes of health have none", () => {
  const valued = Object.values(facts).map((fact) => expressed(fact).value);
  const detections = '{"local":[[0.5625,0.125],[0.75,0.5625]],"world":[[85.694195,27.829299],[87.439295,28.577199]]}';
  assert.deepEqual(valued, [detections, null, "25", "4", "4", "25", "4", "4", null, null, null, null]);
});

test("scopes name every place around the subject and the sensor's address", () => {
  const around = { site: floor.building.site.id, building: floor.building.id, floor: floor.id };
  assert.deepEqual(expressed(facts.FLOOR_OCCUPANCY).scopes, around);
  assert.deepEqual(expressed(facts.PIR_MOTION).scopes, { ...around, room: room.id });
  assert.deepEqual(expressed(facts.ZONE_OCCUPANCY).scopes, { ...around, room: room.id, zone: zone.id });
  assert.deepEqual(expressed(facts.HIVE_HEALTH).scopes, around);
  assert.deepEqual(expressed(facts.SENSOR_HEALTH).scopes, { ...around, room: room.id, mac: presence.mac });
  assert.deepEqual(expressed(facts.TRAFFIC).scopes, { ...around, room: room.id, mac: traffic.mac });
});

test("the subject is the sensor or the space", () => {
  assert.equal(expressed(facts.DETECTIONS).subject, presence.id);
  assert.equal(expressed(facts.FLOOR_OCCUPANCY_1MIN).subject, floor.id);
  assert.equal(expressed(facts.PIR_NO_MOTION).subject, room.id);
  assert.equal(expressed(facts.ZONE_OCCUPANCY).subject, zone.id);
  assert.equal(expressed(facts.SENSOR_HEALTH).subject, presence.id);
  assert.equal(expressed(facts.HIVE_HEALTH).subject, presence.hive!.id);
});

test("optional keys without a value are absent, never null", () => {
  const bareFloor = { ...floor, customId: null };
  const bareSensor = { ...traffic, floor: bareFloor, room: null };
  const bareZone = { ...zone, floor: bareFloor, room: null, customId: null };
  const place = buildingOf({ sensors: [bareSensor], zones: [bareZone] });
  const ofSensor = metadataOf(expressed(facts.TRAFFIC, place));
  const ofZone = metadataOf(expressed(facts.ZONE_OCCUPANCY, place));
  for (const key of ["room_id", "room_name", "room_custom_id", "floor_custom_id"]) {
    assert.equal(key in ofSensor, false, key);
    assert.equal(key in ofZone, false, key);
  }
  assert.equal("zone_custom_id" in ofZone, false);
  assert.equal(ofZone["zone_name"], "Desk 01");
});

test("a sensor without a known model or hive says unknown under every key that is always there", () => {
  const lonely = { ...presence, model: null, hive: null };
  const found = metadataOf(expressed(facts.DETECTIONS, buildingOf({ sensors: [lonely] })));
  const keys = ["hive_id", "hive_serial", "sensor_model", "hive_model", "hive_version"];
  assert.deepEqual(
    keys.map((key) => found[key]),
    keys.map(() => "unknown"),
  );
  const half = { ...presence, hive: { ...presence.hive!, version: null } };
  const ofHalf = metadataOf(expressed(facts.DETECTIONS, buildingOf({ sensors: [half] })));
  assert.deepEqual([ofHalf["hive_model"], ofHalf["hive_version"]], ["2.0", "unknown"]);
});

test("a correction carries its revision and the value it replaces", () => {
  const corrected = expressed({ ...facts.ROOM_OCCUPANCY_1MIN, revision: 2, previous: 0 });
  assert.equal(corrected.revision, 2);
  assert.equal(corrected.previous, "0");
  assert.equal(expressed(facts.ROOM_OCCUPANCY_1MIN).previous, null);
});

test("a view without people is two empty lists", () => {
  const { body } = expressed({ ...moment, kind: "detections", sensor: presence.id, local: [], world: [] });
  assert.ok(body.endsWith('"data":{"local":[],"world":[]}}'));
});

test("an event worked out here and its payload read as a ready-made one agree", () => {
  for (const fact of Object.values(facts)) {
    const event = expressed(fact);
    const result = read(event.body, JSON.parse(event.body), { now: event.at });
    assert.ok(result.status === "read");
    const subject = event.subject.replace(/^sensor_/, "");
    // What is late is known of an event worked out here only.
    const { isLate, ...told } = event;
    assert.equal(isLate, undefined);
    assert.deepEqual(result.event, { ...told, subject });
  }
});

test("names with quotes, newlines and other scripts stay valid JSON", () => {
  const name = 'Room "7"\n\u2028部屋 \\ </script>';
  const found = metadataOf(expressed(facts.ROOM_OCCUPANCY, buildingOf({ rooms: [{ ...room, name }] })));
  assert.equal(found["room_name"], name);
});

test("what the building model does not know gives no event and uses up no id", () => {
  const nowhere = buildingOf({ floors: [], rooms: [], zones: [], hives: [], sensors: [] });
  for (const fact of Object.values(facts)) {
    const event = express(fact, nowhere, () => assert.fail("an id was drawn"));
    assert.equal(event, null);
  }
});

test("entries and calls are not Butlr's", () => {
  const data = {
    id: 1,
    logged_at: "2024-09-30T22:37:12Z",
    access_point: 1,
    release_status: "success",
    name: null,
    release_type: null,
    unit: null,
    tenant_id: null,
    entry_method: null,
    image_url: null,
  };
  const fact: Fact = { ...moment, kind: "access", building: floor.building.id, data };
  assert.equal(
    express(fact, buildingOf({}), () => id),
    null,
  );
});
