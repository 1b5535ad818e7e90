// From observations to the payloads of all types, on a model with the documented names: key by key what the vendor documents, and what
// the AsyncAPI document says.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type EventType, eventTypeNames, isEventType } from "../../../../src/dialects/butlr/types.ts";
import { makeSubscription } from "../../../fixtures/subscription.ts";
import { createWayIn } from "../../../ingest/fixture.ts";
import { documentedModel, door, presence } from "../documented-model.ts";
import { allExamples } from "../place.ts";
import { faultsOf, unknownKeys } from "./validator.ts";

const local = [
  [0.5625, 0.125],
  [0.75, 0.5625],
];

/** The first event of each type. */
async function payloads(isWhole: boolean): Promise<ReadonlyMap<EventType, Readonly<Record<string, unknown>>>> {
  const way = await createWayIn();
  try {
    const model = documentedModel({ isWhole, isDrawn: true });
    await way.put(model);
    await way.subscribe(
      makeSubscription({
        organization: model.organization.id,
        bindings: eventTypeNames.map((type) => ({ type, variant: 0, resource: null })),
      }),
    );
    const at = () => way.clock.now();
    await way.observe({ kind: "traffic", sensor: door, at: at(), in: 0, out: 1 });
    await way.observe({ kind: "motion", sensor: presence, at: at(), motion: true });
    for (let second = 0; second < 130; second++) {
      await way.observe({ kind: "detections", sensor: presence, at: at(), local });
      await way.deriver.settled();
      await way.clock.pass(1_000);
    }
    await way.observe({ kind: "motion", sensor: presence, at: at(), motion: false });
    for (let minute = 0; minute < 7; minute++) {
      await way.clock.pass(60_000);
      await way.observe({ kind: "heartbeat", sensor: presence, at: at() });
      await way.deriver.settled();
    }
    await way.clock.pass(30_000);
    await way.deriver.settled();
    assert.deepEqual(way.errors, []);
    const found = new Map<EventType, Readonly<Record<string, unknown>>>();
    for (const { type, body } of await way.events()) {
      if (!isEventType(type)) continue;
      assert.equal(faultsOf(type, body), "", type);
      assert.deepEqual(unknownKeys(type, body), [], type);
      if (!found.has(type)) found.set(type, body);
    }
    return found;
  } finally {
    await way.close();
  }
}

test("observations give every documented payload, key by key and value by value", async () => {
  const found = await payloads(true);
  assert.deepEqual([...found.keys()].toSorted(), eventTypeNames.toSorted());
  for (const [type, body] of found) {
    const documented = JSON.parse(allExamples[type]) as Record<string, Record<string, unknown>>;
    const { metadata } = body as { metadata: object };
    assert.deepEqual(Object.keys(body), Object.keys(documented), type);
    assert.deepEqual(Object.keys(metadata), Object.keys(documented["metadata"]!), type);
    const ofDoor = { sensor_id: door.slice("sensor_".length), mac_address: "00-17-0d-00-00-cc-bb-ab" };
    // The door is heard first.
    const isOfDoor = type === "TRAFFIC" || type === "SENSOR_HEALTH";
    const mode = isOfDoor ? { sensor_mode: "traffic" } : {};
    assert.deepEqual(metadata, { ...documented["metadata"], ...mode, ...(isOfDoor && ofDoor) }, type);
    const counted = typeof documented["data"] === "number";
    const heard = { online: true, last_heartbeat: body["timestamp"], silent_since: null };
    const ours: Readonly<Record<string, object>> = {
      SENSOR_HEALTH: { ...heard, stuck_since: null, clock: "ok" },
      HIVE_HEALTH: heard,
    };
    assert.deepEqual(body["data"], ours[type] ?? (counted ? 2 : documented["data"]), type);
  }
});

test("a model without the optional names gives the same payloads without those keys", async () => {
  const found = await payloads(false);
  const withoutHive = eventTypeNames.filter((type) => type !== "HIVE_HEALTH");
  assert.deepEqual([...found.keys()].toSorted(), withoutHive.toSorted());
  const without = (type: EventType, body: Readonly<Record<string, unknown>>): readonly string[] => {
    const { metadata } = JSON.parse(allExamples[type]) as { metadata: object };
    const has = new Set(Object.keys(body["metadata"] as object));
    return Object.keys(metadata).filter((key) => !has.has(key));
  };
  const missing = Object.fromEntries([...found].map(([type, body]) => [type, without(type, body)]));
  const [floor, ofRoom] = [["floor_custom_id"], ["floor_custom_id", "room_custom_id"]];
  const bareRoom = ["room_id", "floor_custom_id", "room_custom_id"];
  const zone = [...bareRoom, "zone_custom_id", "room_name"];
  assert.deepEqual(missing, {
    DETECTIONS: ofRoom,
    TRAFFIC: [...bareRoom, "room_name"],
    FLOOR_OCCUPANCY: floor,
    ROOM_OCCUPANCY: ofRoom,
    ZONE_OCCUPANCY: zone,
    FLOOR_OCCUPANCY_1MIN: floor,
    ROOM_OCCUPANCY_1MIN: ofRoom,
    ZONE_OCCUPANCY_1MIN: zone,
    PIR_MOTION: ofRoom,
    PIR_NO_MOTION: ofRoom,
    SENSOR_HEALTH: [...bareRoom, "room_name"],
  });
  assert.equal((found.get("TRAFFIC")!["metadata"] as Record<string, unknown>)["hive_serial"], "unknown");
});
