import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import type { Footprint } from "../../src/building/building.ts";
import { contains, corners, footprintSide, toLocal, toWorld } from "../../src/building/geometry.ts";
import { crosses } from "../../src/building/self-crossing.ts";
import type { Point } from "../../src/model/fact.ts";

const square = (orientation: number, yDown: boolean): Footprint => ({
  centre: [10, 20],
  size: [4, 4],
  orientation,
  yDown,
});

describe("from a sensor's view to the floor", () => {
  test("the vendor's documented frame comes out to a micrometre", () => {
    const side = footprintSide(3.4544);
    assert.ok(Math.abs(side - 3.9888) < 1e-4);
    const footprint: Footprint = { centre: [87.189995, 27.579999], size: [3.9888, 3.9888], orientation: 90 };
    near(toWorld(footprint, [0.5625, 0.125]), [85.694195, 27.829299], 1.000001e-6);
    near(toWorld(footprint, [0.75, 0.5625]), [87.439295, 28.577199], 1.000001e-6);
  });

  test("a height and the usual field of view give the documented footprint", () => {
    assert.equal(footprintSide(1, 90).toFixed(9), "2.000000000");
    assert.equal(footprintSide(3.4544).toFixed(4), "3.9888");
    assert.equal(footprintSide(3.4544, 60).toFixed(4), "3.9888");
    assert.equal(footprintSide(3.4544, 1.0472).toFixed(4), "3.9888");
  });

  // Where [1, 0], the right end of the sensor's top edge, comes to lie.
  for (const [orientation, yDown, corner] of [
    [0, true, [12, 22]],
    [90, true, [8, 22]],
    [180, true, [8, 18]],
    [270, true, [12, 18]],
    [0, false, [12, 18]],
    [90, false, [12, 22]],
    [180, false, [8, 22]],
    [270, false, [8, 18]],
  ] as const) {
    test(`turned by ${orientation} degrees with y ${yDown ? "down" : "up"}, its corner lies at ${corner.join()}`, () => {
      assert.deepEqual(toWorld(square(orientation, yDown), [1, 0]), corner);
      assert.deepEqual(toWorld(square(orientation - 360, yDown), [1, 0]), corner);
      assert.deepEqual(toLocal(square(orientation, yDown), corner), [1, 0]);
    });
  }

  test("a unit footprint with y up at half, half changes nothing", () => {
    const unit: Footprint = { centre: [0.5, 0.5], size: [1, 1], orientation: 0, yDown: false };
    for (const point of [
      [0, 0],
      [0.25, 0.75],
      [1, 1],
      [-3, 9],
    ] as const)
      assert.deepEqual(toWorld(unit, point), point);
  });

  test("a footprint may be longer than wide, and points outside of it go on in the same scale", () => {
    const long: Footprint = { centre: [0, 0], size: [8, 2], orientation: 0 };
    assert.deepEqual(toWorld(long, [0, 0]), [-4, 1]);
    assert.deepEqual(toWorld(long, [1.5, -0.5]), [8, 2]);
  });

  test("a turn by 45 degrees moves the right edge to the upper right", () => {
    near(toWorld({ centre: [0, 0], size: [2, 2], orientation: 45 }, [1, 0.5]), [Math.SQRT1_2, Math.SQRT1_2], 1e-6);
  });

  test("going to the floor and back ends where it began", () => {
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    const footprints = fc.record({
      centre: fc.tuple(number(-500, 500), number(-500, 500)),
      size: fc.tuple(number(0.5, 30), number(0.5, 30)),
      orientation: fc.oneof(fc.integer({ min: -720, max: 720 }), number(-720, 720)),
      yDown: fc.boolean(),
    });
    fc.assert(
      fc.property(footprints, fc.tuple(number(-2, 3), number(-2, 3)), (footprint, local) => {
        near(toLocal(footprint, toWorld(footprint, local)), local, 1e-6 / Math.min(...footprint.size));
      }),
    );
  });
});

describe("outlines", () => {
  test("a simple outline does not cross itself, closed or not, either way round", () => {
    const ell: Point[] = [
      [0, 0],
      [4, 0],
      [4, 2],
      [2, 2],
      [2, 4],
      [0, 4],
    ];
    assert.equal(crosses(ell), false);
    assert.equal(crosses([...ell, [0, 0]]), false);
    assert.equal(crosses(ell.toReversed()), false);
    assert.equal(
      crosses([
        [0, 0],
        [2, 0],
        [4, 0],
        [4, 4],
        [4, 4],
        [0, 4],
      ]),
      false,
    );
  });

  for (const [what, outline] of [
    [
      "a bow tie",
      [
        [0, 0],
        [4, 4],
        [4, 0],
        [0, 4],
      ],
    ],
    [
      "an edge that goes back over the last",
      [
        [0, 0],
        [4, 0],
        [2, 0],
        [2, 3],
      ],
    ],
    [
      "three corners on one line",
      [
        [0, 0],
        [2, 2],
        [4, 4],
      ],
    ],
    [
      "a corner that touches another edge",
      [
        [0, 0],
        [4, 0],
        [4, 4],
        [2, 0],
        [0, 4],
      ],
    ],
    [
      "a corner visited twice",
      [
        [0, 0],
        [2, 2],
        [4, 0],
        [4, 4],
        [2, 2],
        [0, 4],
      ],
    ],
    [
      "two edges on one line that overlap",
      [
        [0, 0],
        [6, 0],
        [6, 2],
        [4, 0],
        [2, 0],
        [0, 2],
      ],
    ],
  ] as const) {
    test(`${what} meets itself`, () => assert.equal(crosses(outline), true));
  }

  test("repeated corners and the closing one are no corners", () => {
    assert.deepEqual(
      corners([
        [0, 0],
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 0],
      ]),
      [
        [1, 0],
        [1, 1],
        [0, 0],
      ],
    );
    assert.equal(
      corners([
        [1, 1],
        [1, 1],
      ]).length,
      0,
    );
  });

  test("a wall belongs to the room east of it, a level one to the room north of it", () => {
    const room: Point[] = rectangle(0, 0, 4, 4);
    const owned: Point[] = [
      [2, 2],
      [0, 2],
      [2, 0],
      [0, 0],
    ];
    const others: Point[] = [
      [4, 2],
      [2, 4],
      [4, 4],
      [0, 4],
      [4, 0],
      [5, 2],
    ];
    for (const point of owned) assert.equal(contains(room, point), true, point.join());
    for (const point of others) assert.equal(contains(room, point), false, point.join());
    assert.equal(contains([], [0, 0]), false);
  });

  test("every point of a floor cut into rooms lies in exactly one of them", () => {
    const size = 4;
    // Corners of a warped grid: walls are slanted and none of the coordinates is exact in binary.
    const jitter = fc.array(fc.tuple(share(), share()), { minLength: (size + 1) ** 2, maxLength: (size + 1) ** 2 });
    const turned = fc.array(fc.boolean(), { minLength: size ** 2, maxLength: size ** 2 });
    fc.assert(
      fc.property(jitter, turned, fc.double({ min: 0, max: 1, noNaN: true }), (offsets, reversed, along) => {
        const corner = (i: number, j: number): Point => {
          const edge = (n: number) => n === 0 || n === size;
          const [dx, dy] = offsets[i * (size + 1) + j]!;
          return [i / 3 + (edge(i) || edge(j) ? 0 : dx), j / 3 + (edge(i) || edge(j) ? 0 : dy)];
        };
        const rooms: Point[][] = [];
        const points: Point[] = [];
        for (let i = 0; i < size; i++) {
          for (let j = 0; j < size; j++) {
            const room = [corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1)];
            rooms.push(reversed[i * size + j] === true ? room.toReversed() : room);
            points.push(room[0]!, between(room[0]!, room[1]!, along), between(room[0]!, room[3]!, along));
            points.push(between(room[0]!, room[2]!, 0.5));
          }
        }
        const floor = [corner(0, 0), corner(size, 0), corner(size, size), corner(0, size)];
        for (const point of points) {
          const owners = rooms.filter((room) => contains(room, point)).length;
          assert.equal(owners, contains(floor, point) ? 1 : 0, point.join());
        }
      }),
    );
  });
});

function rectangle(west: number, south: number, east: number, north: number): Point[] {
  return [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
  ];
}

function share() {
  return fc.double({ min: -0.1, max: 0.1, noNaN: true });
}

function between(a: Point, b: Point, along: number): Point {
  return [a[0] + (b[0] - a[0]) * along, a[1] + (b[1] - a[1]) * along];
}

function near(actual: Point, expected: Point, tolerance: number): void {
  for (const axis of [0, 1] as const) {
    assert.ok(Math.abs(actual[axis] - expected[axis]) <= tolerance, `${actual.join()} is not ${expected.join()}`);
  }
}
