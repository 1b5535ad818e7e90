import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { checkModel } from "../../src/building/check.ts";
import { contains } from "../../src/building/geometry.ts";
import { framesIn, houseOf } from "../../src/simulator/grid.ts";
import { first } from "./first.ts";

const floorsOf = (shape: Parameters<typeof houseOf>[0]) => houseOf(shape).sites[0]!.buildings![0]!.floors!;
const options = { seed: 1, from: Date.UTC(2026, 8, 1), people: 2, framesPerSecond: 2 };

test("a grid has as many floors, rooms, zones and sensors as it was asked for, and the server takes it", () => {
  const shapes = fc.record({
    floors: fc.integer({ min: 1, max: 4 }),
    sensorsPerFloor: fc.integer({ min: 1, max: 40 }),
    roomsPerFloor: fc.integer({ min: 1, max: 60 }),
    zonesPerRoom: fc.integer({ min: 0, max: 3 }),
  });
  fc.assert(
    fc.property(shapes, (shape) => {
      const floors = floorsOf(shape);
      assert.equal(floors.length, shape.floors);
      for (const floor of floors) {
        assert.equal(floor.rooms!.length, shape.roomsPerFloor);
        assert.equal(floor.zones!.length, shape.roomsPerFloor * shape.zonesPerRoom);
        assert.equal(floor.sensors!.length, shape.sensorsPerFloor);
      }
      const checked = checkModel(houseOf(shape));
      assert.deepEqual("problems" in checked ? checked.problems : [], []);
    }),
    { numRuns: 30 },
  );
});

test("a sensor belongs to the room that its middle is in", () => {
  for (const roomsPerFloor of [1, 9, 100]) {
    const [floor] = floorsOf({ floors: 1, sensorsPerFloor: 36, roomsPerFloor });
    for (const { center, room_id } of floor!.sensors!) {
      const room = floor!.rooms!.find(({ id }) => id === room_id)!;
      assert.ok(contains(room.coordinates!, center!));
    }
  }
});

test("frames come from all sensors in turn, in order of time, with two people on average, the same by seed", () => {
  const shape = { floors: 10, sensorsPerFloor: 30 };
  const taken = first(framesIn(shape, options), 6000);
  assert.deepEqual(first(framesIn(shape, options), 6000), taken);
  assert.equal(new Set(taken.slice(0, 300).map(({ sensor }) => sensor)).size, 300);
  assert.ok(taken.every(({ at }, index) => index === 0 || at >= taken[index - 1]!.at));
  // 300 sensors, two frames a second: 6,000 frames are ten seconds.
  assert.ok(taken.at(-1)!.at - options.from <= 10_000 && taken.at(-1)!.at - options.from > 9_900);
  const people = taken.reduce((sum, { local }) => sum + local!.length, 0);
  assert.ok(Math.abs(people / taken.length - 2) < 0.3);
  assert.ok(taken.every(({ local }) => local!.every(([x, y]) => x >= 0 && x < 1 && y >= 0 && y < 1)));
});
