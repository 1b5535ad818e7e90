// What a floor's plan says of a point or a sensor is what a plain look at every outline and every sensor says.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import type { Footprint, Sensor } from "../../src/building/building.ts";
import { contains, toWorld } from "../../src/building/geometry.ts";
import { overlap } from "../../src/building/overlaps.ts";
import type { Point } from "../../src/model/fact.ts";
import { compiled } from "./models.ts";

const box = (west: number, south: number, east: number, north: number): Point[] => [
  [west, south],
  [east, south],
  [east, north],
  [west, north],
];

let made = 0;
const mac = () =>
  `02-00-00-${(++made)
    .toString(16)
    .padStart(6, "0")
    .replace(/(..)(..)(..)/, "$1-$2-$3")}`;

interface Given {
  readonly floor?: object;
  readonly rooms?: readonly Point[][];
  readonly zones?: readonly Point[][];
  readonly sensors?: readonly object[];
}

/** Rooms are room_0, room_1 …, in the given order; likewise zones and sensors. */
async function planned({ floor = {}, rooms = [], zones = [], sensors = [] }: Given) {
  const model = await compiled({
    organization: { id: "o", name: "O" },
    sites: [
      {
        id: "s",
        name: "S",
        timezone: "UTC",
        buildings: [
          {
            id: "b",
            name: "B",
            floors: [
              {
                id: "f",
                name: "F",
                ...floor,
                rooms: rooms.map((coordinates, index) => ({ id: `room_${index}`, name: "R", coordinates })),
                zones: zones.map((coordinates, index) => ({ id: `zone_${index}`, name: "Z", coordinates })),
                sensors: sensors.map((sensor, index) => ({
                  id: `sensor_${index}`,
                  mac_address: mac(),
                  mode: "presence",
                  ...sensor,
                })),
              },
              { id: "g", name: "G" },
            ],
          },
        ],
      },
    ],
  });
  return { model, plan: model.planOf("f"), sensor: (index: number): Sensor => model.sensors.get(`sensor_${index}`)! };
}

const ids = (records: readonly { readonly id: string }[]) => records.map(({ id }) => id);

describe("rooms and zones at a point", () => {
  test("a shared wall gives each point to one room, outlines that overlap to all of theirs, in the order of the model", async () => {
    const { plan } = await planned({
      rooms: [box(0, 0, 4, 4), box(4, 0, 8, 4), box(0, 4, 8, 8), box(3, 1, 5, 2)],
      zones: [box(1, 1, 2, 2)],
    });
    assert.deepEqual(ids(plan.roomsAt(2, 2)), ["room_0"]);
    assert.deepEqual(ids(plan.roomsAt(4, 3)), ["room_1"]);
    assert.deepEqual(ids(plan.roomsAt(4, 4)), ["room_2"]);
    assert.deepEqual(ids(plan.roomsAt(3.5, 1.5)), ["room_0", "room_3"]);
    assert.deepEqual(ids(plan.roomsAt(4, 1.5)), ["room_1", "room_3"]);
    assert.deepEqual(plan.roomsAt(8, 2), []);
    assert.deepEqual(plan.roomsAt(-1e6, 1e6), []);
    assert.deepEqual(ids(plan.zonesAt(1.5, 1.5)), ["zone_0"]);
    assert.deepEqual(plan.zonesAt(2.5, 1.5), []);
  });

  test("a room that is not drawn is nowhere, and an unknown or empty floor has nothing on it", async () => {
    const { model, plan, sensor } = await planned({ rooms: [[]], sensors: [{}] });
    assert.deepEqual(plan.roomsAt(0, 0), []);
    for (const other of [model.planOf("g"), model.planOf("nowhere")]) {
      assert.deepEqual(other.roomsAt(0, 0), []);
      assert.deepEqual(other.zonesAt(0, 0), []);
      assert.equal(other.isMasked(sensor(0), 0, 0), false);
      assert.deepEqual(other.overlapping(sensor(0)), []);
    }
  });

  test("a plan is made once per model", async () => {
    const { model, plan } = await planned({});
    assert.equal(model.planOf("f"), plan);
    assert.notEqual(model.planOf("g"), plan);
  });

  test("rooms of a turned floor hold the turned points, each in exactly one of them", async () => {
    for (const degrees of [30, 45, 90, 137.5, 180, 270]) {
      const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
      const turned = ([x, y]: Point): Point => [x * cos - y * sin + 7, x * sin + y * cos - 3];
      const cells = [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => box(i * 3, j * 3, i * 3 + 3, j * 3 + 3)));
      const { plan } = await planned({ rooms: cells.map((cell) => cell.map(turned)) });
      for (const [index, [corner]] of cells.entries()) {
        const middle = turned([corner![0] + 1.3, corner![1] + 2.9]);
        assert.deepEqual(ids(plan.roomsAt(...middle)), [`room_${index}`], `${degrees} degrees`);
      }
      for (const inner of [
        [3, 3],
        [3, 6],
        [6, 3],
        [6, 6],
      ] as const) {
        assert.equal(plan.roomsAt(...turned(inner)).length, 1, `${degrees} degrees, corner ${inner.join()}`);
      }
    }
  });

  test("are those that a look at every outline finds", async () => {
    const coordinate = fc.integer({ min: 0, max: 40 });
    const outlines = fc
      .array(fc.tuple(coordinate, coordinate, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })), {
        maxLength: 60,
      })
      // Boxes and triangles, so that being near is not being in.
      .map((boxes) => boxes.map(([x, y, w, h]) => box(x, y, x + w, y + h).slice(0, (x + y) % 2 === 0 ? 4 : 3)));
    const points = fc.array(fc.tuple(fc.integer({ min: -2, max: 106 }), fc.integer({ min: -2, max: 106 })), {
      minLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(outlines, outlines, points, async (rooms, zones, halves) => {
        const { plan } = await planned({ rooms, zones });
        for (const [x, y] of halves.map(([a, b]): Point => [a / 2, b / 2])) {
          const holding = (name: string, drawn: readonly Point[][]) =>
            drawn.flatMap((outline, index) => (contains(outline, [x, y]) ? [`${name}_${index}`] : []));
          assert.deepEqual(ids(plan.roomsAt(x, y)), holding("room", rooms));
          assert.deepEqual(ids(plan.zonesAt(x, y)), holding("zone", zones));
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("masks", () => {
  test("those of the floor hold for every sensor, those of a sensor for itself alone, and beyond the floor nobody counts", async () => {
    const { plan, sensor } = await planned({
      floor: { coordinates: box(0, 0, 20, 10), masks: [box(1, 1, 2, 2), box(5, 5, 6, 6)] },
      sensors: [{ masks: [box(10, 0, 20, 10)] }, {}],
    });
    const [masking, plain] = [sensor(0), sensor(1)];
    for (const [x, y] of [
      [1.5, 1.5],
      [1, 1],
      [5.5, 5],
      [-0.1, 5],
      [20, 5],
      [5, 10],
      [1e6, -1e6],
    ] as const) {
      assert.equal(plan.isMasked(masking, x, y), true, `${x}, ${y}`);
      assert.equal(plan.isMasked(plain, x, y), true, `${x}, ${y}`);
    }
    for (const [x, y] of [
      [0, 0],
      [2, 1.5],
      [1.5, 2],
      [9.9, 5],
    ] as const) {
      assert.equal(plan.isMasked(masking, x, y), false, `${x}, ${y}`);
      assert.equal(plan.isMasked(plain, x, y), false, `${x}, ${y}`);
    }
    assert.equal(plan.isMasked(masking, 10, 5), true);
    assert.equal(plan.isMasked(plain, 10, 5), false);
  });

  test("a floor without outline ends nowhere", async () => {
    const { plan, sensor } = await planned({ floor: { masks: [box(0, 0, 1, 1)] }, sensors: [{}] });
    assert.equal(plan.isMasked(sensor(0), 1e6, 1e6), false);
    assert.equal(plan.isMasked(sensor(0), 0.5, 0.5), true);
  });
});

describe("sensors that see the same floor", () => {
  const at = (x: number, y: number, turn = 0, size: readonly [number, number] = [4, 4]) => ({
    center: [x, y],
    footprint: size,
    orientation: [0, 0, turn],
  });

  test("are those whose footprints overlap: an edge in common is nothing in common", async () => {
    const { plan, sensor } = await planned({
      sensors: [
        at(0, 0),
        at(4, 0), // an edge of the first
        at(3, 3),
        at(0, 4 + Math.SQRT1_2 * 2, 45, [2, 2]),
        at(2.6, -2.6, 45, [2, 2]), // its corner reaches into the first
        at(2.9, -2.9, 45, [2, 2]), // only its box does
        { ...at(0, 0), mode: "traffic" },
        { room_id: undefined },
      ],
    });
    assert.deepEqual(ids(plan.overlapping(sensor(0))), ["sensor_2", "sensor_4"]);
    assert.deepEqual(ids(plan.overlapping(sensor(1))), ["sensor_2", "sensor_4", "sensor_5"]);
    assert.deepEqual(ids(plan.overlapping(sensor(2))), ["sensor_0", "sensor_1"]);
    assert.deepEqual(ids(plan.overlapping(sensor(3))), []);
    assert.deepEqual(ids(plan.overlapping(sensor(6))), ["sensor_0", "sensor_2", "sensor_4"]);
    assert.deepEqual(plan.overlapping(sensor(7)), []);
    assert.equal(plan.overlapping(sensor(0)), plan.overlapping(sensor(0)), "found once and kept");
  });

  test("footprints side by side do not overlap, however both are turned", () => {
    for (let turn = 0; turn < 360; turn += 7) {
      const footprint = (share: number): Footprint => {
        const own: Footprint = { centre: [10, -5], size: [3.4641016151377544, 3.4641016151377544], orientation: turn };
        return { ...own, centre: toWorld(own, [0.5 + share, 0.5]) };
      };
      assert.equal(overlap(footprint(0), footprint(1)), false, `${turn} degrees`);
      assert.equal(overlap(footprint(0), footprint(0.999)), true, `${turn} degrees`);
    }
  });

  const shape = fc.record({
    centre: fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 })),
    size: fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 })),
    orientation: fc.oneof(fc.constantFrom(0, 90, 180, -90), fc.integer({ min: -400, max: 400 })),
  });

  test("footprints overlap when cutting one by the other leaves an area", () => {
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        const area = areaOf(cut(ringOf(a), ringOf(b)));
        // Slivers of less than a tenth of a square millimetre may go either way.
        if (area === 0 || area > 1e-7) assert.equal(overlap(a, b), area > 0, String(area));
        assert.equal(overlap(a, b), overlap(b, a));
      }),
      { numRuns: 2_000 },
    );
  });

  test("are those that a look at every sensor finds, without itself", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(shape, { minLength: 30, maxLength: 40 }), async (footprints) => {
        const { plan, sensor } = await planned({
          sensors: footprints.map(({ centre, size, orientation }) => at(...centre, orientation, size)),
        });
        for (const [index, footprint] of footprints.entries()) {
          const others = footprints.flatMap((other, j) =>
            j !== index && overlap(footprint, other) ? [`sensor_${j}`] : [],
          );
          assert.deepEqual(ids(plan.overlapping(sensor(index))), others);
        }
      }),
      { numRuns: 30 },
    );
  });
});

/** Its corners, counter-clockwise. */
function ringOf(footprint: Footprint): Point[] {
  const up = { ...footprint, yDown: false };
  return [toWorld(up, [0, 0]), toWorld(up, [1, 0]), toWorld(up, [1, 1]), toWorld(up, [0, 1])];
}

/** What of `subject` lies within the convex `clip` (Sutherland and Hodgman). */
function cut(subject: readonly Point[], clip: readonly Point[]): readonly Point[] {
  return clip.reduce((ring: readonly Point[], from, index) => {
    const to = clip[(index + 1) % clip.length]!;
    const side = ([x, y]: Point) => (to[0] - from[0]) * (y - from[1]) - (x - from[0]) * (to[1] - from[1]);
    return ring.flatMap((corner, at): Point[] => {
      const before = ring.at(at - 1)!;
      const [a, b] = [side(before), side(corner)];
      const share = a / (a - b);
      const crossing: Point = [
        before[0] + (corner[0] - before[0]) * share,
        before[1] + (corner[1] - before[1]) * share,
      ];
      return [...(a > 0 !== b > 0 ? [crossing] : []), ...(b > 0 ? [corner] : [])];
    });
  }, subject);
}

function areaOf(ring: readonly Point[]): number {
  return ring.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = ring[(index + 1) % ring.length]!;
    return sum + (x * nextY - nextX * y) / 2;
  }, 0);
}
