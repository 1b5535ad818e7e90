// An outline holds what its drawing holds, holes and all.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { contains } from "../../../src/building/geometry.ts";
import { crosses } from "../../../src/building/self-crossing.ts";
import { outlineOf, outlinesOf } from "../../../src/cli/import/outlines.ts";
import type { Point } from "../../../src/model/fact.ts";

const box = (west: number, south: number, east: number, north: number): Point[] => [
  [west, south],
  [east, south],
  [east, north],
  [west, north],
  [west, south],
];

const holds = (rings: readonly (readonly Point[])[], point: Point): boolean =>
  rings.filter((ring) => contains(ring, point)).length % 2 === 1;

describe("the outline of a drawn polygon", () => {
  test("starts at the first corner, runs counter-clockwise, and is not closed", () => {
    for (const ring of [box(0, 0, 2, 1), box(0, 0, 2, 1).toReversed()]) {
      const { outline, losses } = outlineOf([[ring]]);
      assert.equal(outline.length, 4);
      assert.equal(contains(outline, [1, 0.5]), true);
      assert.deepEqual(losses, []);
    }
    assert.deepEqual(outlineOf([[box(0, 0, 2, 1)]]).outline, box(0, 0, 2, 1).slice(0, 4));
  });

  test("leaves out a hole but for a slit of a millimetre", () => {
    for (const hole of [box(2, 2, 5, 4), box(2, 2, 5, 4).toReversed()]) {
      const { outline, losses } = outlineOf([[box(0, 0, 10, 8), hole]]);
      assert.deepEqual(losses, []);
      assert.equal(crosses(outline), false);
      for (const [x, y] of [
        [3, 3],
        [2.1, 2.1],
        [4.9, 3.9],
        [11, 4],
        [-1, 4],
      ] as const) {
        assert.equal(contains(outline, [x, y]), false, `${x}, ${y}`);
      }
      for (const [x, y] of [
        [1, 1],
        [9, 7],
        [1, 3.002],
        [1, 2.998],
        [8, 3.002],
        [8, 2.998],
        [3, 1.9],
        [3, 4.1],
      ] as const) {
        assert.equal(contains(outline, [x, y]), true, `${x}, ${y}`);
      }
    }
  });

  test("leaves out holes that hide each other from the edge", () => {
    const inner: Point[] = [
      [8.5, 4.2],
      [9.5, 4.2],
      [9.5, 5.8],
      [8.5, 5.8],
    ];
    // A bracket around the inner hole, open to the west, where a third one stands before it.
    const bracket: Point[] = [
      [8, 3],
      [11, 3],
      [11, 7],
      [8, 7],
      [8, 6.5],
      [10.5, 6.5],
      [10.5, 3.5],
      [8, 3.5],
    ];
    const rings = [box(0, 0, 20, 10), inner, bracket, box(4, 1, 5, 9)];
    const { outline, losses } = outlineOf([rings]);
    assert.deepEqual(losses, []);
    assert.equal(crosses(outline), false);
    for (let x = 0.25; x < 20; x += 0.5) {
      for (let y = 0.15; y < 10; y += 0.3) assert.equal(contains(outline, [x, y]), holds(rings, [x, y]), `${x}, ${y}`);
    }
  });

  test("fills a hole that touches the edge, and says so", () => {
    const { outline, losses } = outlineOf([[box(0, 0, 4, 4), box(0, 0, 4, 4)]]);
    assert.equal(contains(outline, [2, 2]), true);
    assert.deepEqual(losses, ["a hole in it is filled"]);
  });

  test("is that of the largest part, and says so; masks keep all parts", () => {
    const parts = [[box(0, 0, 1, 1)], [box(5, 5, 9, 9)], [box(20, 0, 22, 1)]];
    const { outline, losses } = outlineOf(parts);
    assert.equal(contains(outline, [7, 7]), true);
    assert.deepEqual(losses, ["only the largest of its 3 parts is taken"]);
    assert.equal(outlinesOf(parts).length, 3);
  });

  test("holds exactly what the drawing holds, whatever holes it has, but for the slits", () => {
    const cell = fc.record({
      w: fc.integer({ min: 1, max: 8 }),
      s: fc.integer({ min: 1, max: 8 }),
      lean: fc.integer({ min: -1, max: 1 }),
      corners: fc.constantFrom(3, 4),
      reversed: fc.boolean(),
    });
    // One hole in each cell of a grid of 10 metres, so that none meets another.
    const drawings = fc.record({
      columns: fc.integer({ min: 1, max: 4 }),
      cells: fc.array(cell, { maxLength: 12 }),
      turn: fc.double({ min: 0, max: 3, noNaN: true }),
    });
    const aroundOf = ([x, y]: Point): Point[] => [
      [x + 0.01, y],
      [x - 0.01, y],
      [x, y + 0.01],
      [x, y - 0.01],
    ];
    // Nowhere near an edge: positions that no drawing of the rule has.
    const shares = Array.from({ length: 20 }, (_, n) => (n + 0.3771) / 20);
    fc.assert(
      fc.property(drawings, ({ columns, cells, turn }) => {
        const [width, height] = [columns * 10 + 2, Math.ceil(cells.length / columns) * 10 + 2];
        const turned = ([x, y]: Point): Point => [
          x * Math.cos(turn) - y * Math.sin(turn),
          x * Math.sin(turn) + y * Math.cos(turn),
        ];
        const holes = cells.map(({ w, s, lean, corners, reversed }, index) => {
          const [x, y] = [(index % columns) * 10 + 1.5, Math.floor(index / columns) * 10 + 1.5];
          const ring = box(x, y, x + w, y + s)
            .slice(0, corners)
            .map(([a, b], corner): Point => [a + (corner === 2 ? lean / 4 : 0), b]);
          return reversed ? ring.toReversed() : ring;
        });
        const rings = [box(0, 0, width, height), ...holes].map((ring) => ring.map(turned));
        const { outline, losses } = outlineOf([rings]);
        assert.deepEqual(losses, []);
        assert.equal(crosses(outline), false);
        const differs = (point: Point) => contains(outline, point) !== holds(rings, point);
        const wrong = shares
          .flatMap((a) => shares.map((b) => turned([a * width, b * height])))
          // A slit is a thousandth of a metre wide: whoever stands in one has neighbours who do not.
          .filter((point) => differs(point) && aroundOf(point).every(differs));
        assert.deepEqual(wrong, []);
      }),
      { numRuns: 300 },
    );
  });
});
