import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { Fact, OccupancyFact, Point } from "../../src/model/fact.ts";
import type { Observation } from "../../src/model/observation.ts";
import { campus, compiled } from "../building/models.ts";
import { only, senses } from "./senses.ts";

const building = await compiled(campus());

function seen(sensor: string, at: number, people: number): Observation {
  return { kind: "detections", id: null, at, sensor, local: Array.from({ length: people }, (): Point => [0.5, 0.5]) };
}

/** `room_1 2 @10`, with the revision and the value replaced where it is a correction. */
function stated(facts: readonly Fact[]): string[] {
  return only(facts, "occupancy").map(({ space, count, at, revision, previous }) =>
    revision === 0 ? `${space} ${count} @${at}` : `${space} ${count} @${at} r${revision} was ${previous}`,
  );
}

describe("instant occupancy", () => {
  test("is stated for room, floor and zone at the first frame, also when nobody is there", () => {
    const { sense } = senses(building);
    assert.deepEqual(only(sense(seen("sensor_1", 10, 0)), "occupancy"), [
      { kind: "occupancy", level: "room", space: "room_1", window: "instant", count: 0, at: 10, revision: 0 },
      { kind: "occupancy", level: "floor", space: "space_1", window: "instant", count: 0, at: 10, revision: 0 },
      { kind: "occupancy", level: "zone", space: "zone_1", window: "instant", count: 0, at: 10, revision: 0 },
    ]);
  });

  test("is stated again only when it changes", () => {
    const { sense } = senses(building);
    sense(seen("sensor_1", 10, 2));
    assert.deepEqual(stated(sense(seen("sensor_1", 11, 2), seen("sensor_1", 12, 2))), []);
    assert.deepEqual(stated(sense(seen("sensor_1", 13, 1))), ["room_1 1 @13", "space_1 1 @13"]);
  });

  test("adds the sensors of a room, and all of a floor, with those that belong to no room", () => {
    const { sense } = senses(building);
    sense(seen("sensor_1", 10, 2), seen("sensor_3", 11, 1), seen("sensor_5", 12, 4));
    assert.deepEqual(stated(sense(seen("sensor_2", 13, 3))), ["room_1 5 @13", "space_1 10 @13"]);
  });

  test("may change on the floor and not in the room, and the other way round", () => {
    const { sense } = senses(building);
    sense(seen("sensor_1", 10, 1), seen("sensor_3", 11, 1));
    assert.deepEqual(stated(sense(seen("sensor_5", 12, 1))), ["space_1 3 @12"]);
  });

  test("of a drawn zone has those within its outline, whichever sensor of the floor sees them", () => {
    const { sense } = senses(building);
    const at = (sensor: string, at: number, ...world: Point[]): Observation => ({
      kind: "detections",
      id: null,
      at,
      sensor,
      world,
    });
    const [within, beside] = [[0.9, 0.5] as Point, [0.5, 0.9] as Point];
    assert.deepEqual(stated(sense(at("sensor_1", 10, within, beside))), [
      "room_1 2 @10",
      "space_1 2 @10",
      "zone_1 1 @10",
    ]);
    assert.deepEqual(stated(sense(at("sensor_3", 11, beside))), ["room_2 1 @11", "space_1 3 @11"]);
    assert.deepEqual(stated(sense(at("sensor_3", 12, within))), ["zone_1 2 @12"]);
    assert.deepEqual(stated(sense(at("sensor_3", 13))), ["room_2 0 @13", "space_1 2 @13", "zone_1 1 @13"]);
  });

  test("of a zone that is not drawn has everybody whom the sensors see that list it", async () => {
    const model = campus();
    const floor = model.sites[0]!.buildings[0]!.floors![0]!;
    Object.assign(floor.zones![0]!, { coordinates: null });
    Object.assign(floor.sensors![4]!, { zone_ids: ["zone_1"] });
    const { sense } = senses(await compiled(model));
    sense(seen("sensor_1", 10, 2), seen("sensor_3", 11, 4));
    assert.deepEqual(stated(sense(seen("sensor_5", 12, 1))), ["space_1 7 @12", "zone_1 3 @12"]);
  });

  test("of a room has those within its outline whom a sensor of no room sees", async () => {
    const model = campus();
    Object.assign(model.sites[0]!.buildings[0]!.floors![0]!.sensors![4]!, { center: [3, 3], footprint: [4, 4] });
    const { sense } = senses(await compiled(model));
    const halves: Observation = {
      kind: "detections",
      id: null,
      at: 11,
      sensor: "sensor_5",
      // The lower left quarter of what it sees is in the room.
      local: [
        [0.1, 0.9],
        [0.9, 0.1],
      ],
    };
    sense(seen("sensor_2", 10, 3));
    assert.deepEqual(stated(sense(halves)), ["room_1 4 @11", "space_1 5 @11"]);
    assert.deepEqual(stated(sense(seen("sensor_5", 12, 0))), ["room_1 3 @12", "space_1 3 @12"]);
  });

  test("does not come from traffic sensors", () => {
    const { sense } = senses(building);
    assert.deepEqual(stated(sense(seen("sensor_4", 10, 3))), []);
    assert.deepEqual(stated(sense(seen("sensor_3", 11, 1))), ["room_2 1 @11", "space_1 1 @11"]);
  });

  test("is not changed by a frame older than the sensor's last one", () => {
    const { sense } = senses(building);
    sense(seen("sensor_1", 10, 1));
    assert.deepEqual(stated(sense(seen("sensor_1", 9, 5))), []);
    assert.deepEqual(stated(sense(seen("sensor_1", 11, 1))), []);
  });

  test("of a moment already stated is a correction with the next revision", () => {
    const { sense } = senses(building);
    sense(seen("sensor_1", 10, 1));
    assert.deepEqual(stated(sense(seen("sensor_2", 10, 2))), ["room_1 3 @10 r1 was 1", "space_1 3 @10 r1 was 1"]);
    assert.deepEqual(stated(sense(seen("sensor_1", 10, 0))), ["room_1 2 @10 r2 was 3", "space_1 2 @10 r2 was 3"]);
  });

  test("never goes back in time when a sensor's clock is slow", () => {
    const { sense } = senses(building);
    sense(seen("sensor_1", 10, 1));
    assert.deepEqual(stated(sense(seen("sensor_2", 7, 1))), ["room_1 2 @10 r1 was 1", "space_1 2 @10 r1 was 1"]);
    assert.deepEqual(stated(sense(seen("sensor_2", 11, 2))), ["room_1 3 @11", "space_1 3 @11"]);
  });

  test("forgets a sensor that has left the model, at the next frame of another one", async () => {
    const { sense, move } = senses(building);
    sense(seen("sensor_1", 10, 1), seen("sensor_2", 11, 4));
    const smaller = campus();
    smaller.sites[0]!.buildings[0]!.floors![0]!.sensors!.splice(1, 1);
    move(await compiled(smaller));
    assert.deepEqual(stated(sense(seen("sensor_2", 12, 4))), []);
    assert.deepEqual(stated(sense(seen("sensor_1", 13, 1))), ["room_1 1 @13", "space_1 1 @13"]);
  });

  const sensors = ["sensor_1", "sensor_2", "sensor_3", "sensor_5"] as const;
  const frames = fc.array(fc.record({ sensor: fc.constantFrom(...sensors), at: fc.nat(20), people: fc.nat(4) }), {
    maxLength: 60,
  });

  test("ends, whatever the order, at the sum of the newest frames, and says each thing once", () => {
    fc.assert(
      fc.property(frames, (all) => {
        const facts = only(
          senses(building).sense(...all.map((each) => seen(each.sensor, each.at, each.people))),
          "occupancy",
        );
        const newest = new Map<string, { at: number; people: number }>();
        for (const each of all) if (each.at >= (newest.get(each.sensor)?.at ?? 0)) newest.set(each.sensor, each);
        const sum = (...names: string[]) => names.reduce((total, name) => total + (newest.get(name)?.people ?? 0), 0);
        if (newest.has("sensor_1") || newest.has("sensor_2"))
          assert.equal(last(facts, "room_1")?.count, sum("sensor_1", "sensor_2"));
        if (newest.has("sensor_3")) assert.equal(last(facts, "room_2")?.count, sum("sensor_3"));
        if (newest.size > 0) assert.equal(last(facts, "space_1")?.count, sum(...sensors));
        for (const space of ["room_1", "room_2", "space_1"])
          assertOrdered(facts.filter((fact) => fact.space === space));
      }),
    );
  });

  test("goes on after a restart as if there had been none", () => {
    fc.assert(
      fc.property(frames, fc.nat(60), (all, cut) => {
        const observations = all.map((each) => seen(each.sensor, each.at, each.people));
        const first = senses(building);
        const before = first.sense(...observations.slice(0, cut));
        const after = senses(building, new Map(first.memory)).sense(...observations.slice(cut));
        assert.deepEqual([...before, ...after], senses(building).sense(...observations));
      }),
    );
  });
});

function last(facts: readonly OccupancyFact[], space: string): OccupancyFact | undefined {
  return facts.findLast((fact) => fact.space === space);
}

/** Later in time, or the next revision of the same moment with the value before; never the same count again. */
function assertOrdered(facts: readonly OccupancyFact[]): void {
  for (const [index, fact] of facts.entries()) {
    const before = facts[index - 1];
    if (before === undefined) continue;
    assert.notEqual(fact.count, before.count);
    if (fact.at === before.at) {
      assert.equal(fact.revision, before.revision + 1);
      assert.equal(fact.previous, before.count);
    } else {
      assert.ok(fact.at > before.at);
      assert.equal(fact.revision, 0);
    }
  }
}
