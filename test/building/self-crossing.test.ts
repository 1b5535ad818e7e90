// The sweep gives the verdicts of comparing each edge with each other one, and needs less for it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { corners } from "../../src/building/geometry.ts";
import { exactSide } from "../../src/building/exact-side.ts";
import { crosses } from "../../src/building/self-crossing.ts";
import type { Point } from "../../src/model/fact.ts";

const coordinate = (most: number) => fc.integer({ min: 0, max: most });
const cornersOn = (most: number, length: number) =>
  fc.array(fc.tuple(coordinate(most), coordinate(most)), { minLength: 3, maxLength: length });

/** Corners around a middle, near to far: simple unless several of them lie in one direction. */
const star = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 719 }), fc.integer({ min: 1, max: 40 })), { minLength: 3, maxLength: 24 })
  .map((spokes) =>
    spokes
      .toSorted(([a], [b]) => a - b)
      .map(
        ([half, length]): Point => [
          length * Math.cos((half * Math.PI) / 360),
          length * Math.sin((half * Math.PI) / 360),
        ],
      ),
  );

/** A walk along the lines of a grid, with long runs on top of each other and corners on walls. */
const walk = fc
  .array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.boolean()), { minLength: 3, maxLength: 16 })
  .map((steps) => {
    let [x, y] = [0, 0];
    return steps.map(([length, level]): Point => (level ? [(x += length), y] : [x, (y += length)]));
  });

describe("whether an outline meets itself", () => {
  const shapes = {
    "few corners": cornersOn(3, 7),
    "a grid": cornersOn(12, 9),
    "many corners": cornersOn(1_000, 30),
    walk,
  };
  for (const [what, outlines] of Object.entries(shapes)) {
    test(`is told of whole metres as by comparing all edges in doubles: ${what}`, () => {
      fc.assert(
        fc.property(outlines, (outline) => assert.equal(crosses(outline), comparesAll(outline, roundedSide))),
        { numRuns: 2_000 },
      );
    });
  }

  for (const [what, outlines] of Object.entries({ ...shapes, star })) {
    test(`is told of any coordinates as by comparing all edges exactly: ${what}`, () => {
      const scale = fc.constantFrom(1, 0.1, 1 / 3, 1e-3, 4.7);
      fc.assert(
        fc.property(outlines, scale, fc.boolean(), (outline, by, turned) => {
          const points = outline.map(([x, y]): Point => (turned ? [y * by, x * by] : [x * by, y * by]));
          assert.equal(crosses(points), comparesAll(points, exactSide));
        }),
        { numRuns: 1_000 },
      );
    });
  }

  test("the outlines of these rules are both simple and crossing ones", () => {
    for (const outlines of [...Object.values(shapes), star]) {
      const crossing = fc.sample(outlines, { numRuns: 1_000, seed: 1 }).filter((outline) => crosses(outline)).length;
      assert.ok(crossing > 20 && crossing < 980, String(crossing));
    }
  });

  // Slanted teeth: the boxes of all their edges overlap, so that nothing but their order tells them apart.
  const comb = (teeth: number): Point[] => [
    ...Array.from({ length: teeth }, (_, tooth): Point[] => [
      [tooth, 0],
      [tooth + teeth, teeth],
      [tooth + teeth + 0.4, teeth],
      [tooth + 0.4, 0],
    ]).flat(),
    [teeth * 2, -1],
    [-1, -1],
  ];

  test("a comb of slanted teeth is simple, and crosses itself when one tooth leans over the next", () => {
    const sound = comb(200);
    assert.equal(crosses(sound), false);
    const leaning = sound.with(401, [sound[405]![0] + 0.2, 200]);
    assert.equal(crosses(leaning), true);
    assert.equal(comparesAll(leaning, roundedSide), true);
  });
});

describe("the exact side of a line", () => {
  test("is told where doubles are too coarse", () => {
    assert.equal(exactSide([0, 0], [3, 3], [1, 1]), 0);
    // Doubles give the other side of these two.
    assert.equal(exactSide([1.3, 0.3], [1.5, 0.7], [2.4, 2.5]), -1);
    assert.equal(exactSide([0.1, 0.2], [0.5, 1.6], [0.3, 0.9]), 1);
    assert.equal(Math.sign(exactSide([0, 0], [0.3, 0.3], [0.1, 0.1 + 2 ** -56])), 1);
    assert.equal(Math.sign(exactSide([0, 0], [0.3, 0.3], [0.1, 0.1 - 2 ** -56])), -1);
    assert.equal(Math.sign(exactSide([1e6, 1e6], [-1e6, -1e6], [5e-324, 0])), 1);
    assert.equal(Math.sign(exactSide([1e6, 1e6], [-1e6, -1e6], [0, 5e-324])), -1);
  });

  test("changes its sign when the line turns round, and not when the three points change places in a ring", () => {
    const number = fc.double({ min: -10, max: 10, noNaN: true });
    const point = fc.tuple(number, number);
    const near = fc.tuple(fc.constantFrom(0.1, 0.2, 0.3, 0.7), fc.constantFrom(0.1, 0.2, 0.3, 0.7));
    fc.assert(
      fc.property(fc.array(fc.oneof(point, near), { minLength: 3, maxLength: 3 }), ([a, b, c]) => {
        const sign = Math.sign(exactSide(a!, b!, c!));
        assert.equal(Math.sign(exactSide(b!, c!, a!)), sign);
        assert.equal(Math.sign(exactSide(b!, a!, c!)) + sign, 0);
      }),
    );
  });
});

type Edge = readonly [from: Point, to: Point];
type Side = (from: Point, to: Point, point: Point) => number;

function comparesAll(outline: readonly Point[], side: Side): boolean {
  const ring = corners(outline);
  const edges = ring.map((from, index): Edge => [from, ring[(index + 1) % ring.length]!]);
  for (const [i, edge] of edges.entries()) {
    const next = edges[(i + 1) % edges.length]!;
    if (next !== edge && foldsBack(edge, next, side)) return true;
    for (let j = i + 2; j < edges.length; j++) {
      const neighbours = i === 0 && j === edges.length - 1;
      if (!neighbours && meet(edge, edges[j]!, side)) return true;
    }
  }
  return false;
}

function roundedSide(from: Point, to: Point, point: Point): number {
  return (to[0] - from[0]) * (point[1] - from[1]) - (point[0] - from[0]) * (to[1] - from[1]);
}

function foldsBack([a, b]: Edge, [, c]: Edge, side: Side): boolean {
  const forward = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]);
  return forward < 0 && side(a, b, c) === 0;
}

function meet([a, b]: Edge, [c, d]: Edge, side: Side): boolean {
  const [atC, atD, atA, atB] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  if (atC * atD < 0 && atA * atB < 0) return true;
  return (
    (atC === 0 && inBox(a, b, c)) ||
    (atD === 0 && inBox(a, b, d)) ||
    (atA === 0 && inBox(c, d, a)) ||
    (atB === 0 && inBox(c, d, b))
  );
}

function inBox(a: Point, b: Point, [x, y]: Point): boolean {
  return (
    Math.min(a[0], b[0]) <= x && x <= Math.max(a[0], b[0]) && Math.min(a[1], b[1]) <= y && y <= Math.max(a[1], b[1])
  );
}
