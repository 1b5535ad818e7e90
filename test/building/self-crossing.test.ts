// The sweep gives the verdicts of comparing each edge with each other one, and needs less for it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../fixtures/properties.ts";
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
  for (const [what, outlines] of Object.entries({ ...shapes, star })) {
    test(`is told as by comparing each edge with each other one: ${what}`, () => {
      const scale = fc.constantFrom(1, 0.1, 1 / 3, 1e-3, 4.7);
      fc.assert(
        fc.property(outlines, scale, fc.boolean(), (outline, by, turned) => {
          const points = outline.map(([x, y]): Point => (turned ? [y * by, x * by] : [x * by, y * by]));
          assert.equal(crosses(points), comparesAll(points));
        }),
        { numRuns: 3_000 },
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
    assert.equal(comparesAll(leaning), true);
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

  test("is that of the cross product in whole numbers, far away and a last digit beside the line", () => {
    const share = fc.double({ min: -2, max: 2, noNaN: true });
    const end = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.tuple(end, end, end, end), share, fc.boolean(), ([ax, ay, bx, by], along, isBeside) => {
        const x = ax + along * (bx - ax);
        const y = ay + along * (by - ay);
        const point: Point = [x, isBeside ? y * (1 + Number.EPSILON) : y];
        const [from, to, whole] = inWholeNumbers([[ax, ay], [bx, by], point]) as [Whole, Whole, Whole];
        const sides = cross(minus(to, from), minus(whole, from));
        assert.equal(exactSide([ax, ay], [bx, by], point), sides > 0n ? 1 : sides < 0n ? -1 : 0);
      }),
      { numRuns: 3_000 },
    );
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

/** A vector of whole numbers, so that nothing is rounded. */
type Whole = readonly [x: bigint, y: bigint];

/**
 * The definition, edge by edge: where two edges meet is worked out as shares of both, in whole numbers. Nothing of it is in
 * the code that it judges, which asks on which sides ends lie.
 */
function comparesAll(outline: readonly Point[]): boolean {
  const ring = inWholeNumbers(corners(outline));
  const at = (index: number): Whole => ring[index % ring.length]!;
  for (let i = 0; i < ring.length; i++) {
    // Neighbours share a corner; they share more where the far end of one lies on the other.
    const [before, corner, after] = [at(i), at(i + 1), at(i + 2)];
    if (isOn(after, before, corner) || isOn(before, corner, after)) return true;
    for (let j = i + 2; j < ring.length; j++) {
      const neighbours = i === 0 && j === ring.length - 1;
      if (!neighbours && meet(before, corner, at(j), at(j + 1))) return true;
    }
  }
  return false;
}

const minus = (a: Whole, b: Whole): Whole => [a[0] - b[0], a[1] - b[1]];
const cross = (a: Whole, b: Whole): bigint => a[0] * b[1] - a[1] * b[0];
const dot = (a: Whole, b: Whole): bigint => a[0] * b[0] + a[1] * b[1];
/** Whether a share of a whole that is not 0 is from 0 to 1. */
const isShare = (part: bigint, whole: bigint): boolean =>
  whole > 0n ? part >= 0n && part <= whole : part <= 0n && part >= whole;

function isOn(point: Whole, from: Whole, to: Whole): boolean {
  const [edge, way] = [minus(to, from), minus(point, from)];
  return cross(edge, way) === 0n && isShare(dot(way, edge), dot(edge, edge));
}

/** The point that from + share of the one edge and from + share of the other have in common. */
function meet(a: Whole, b: Whole, c: Whole, d: Whole): boolean {
  const [one, other, apart] = [minus(b, a), minus(d, c), minus(c, a)];
  const whole = cross(one, other);
  if (whole !== 0n) return isShare(cross(apart, other), whole) && isShare(cross(apart, one), whole);
  return [c, d].some((end) => isOn(end, a, b)) || [a, b].some((end) => isOn(end, c, d));
}

/** All coordinates times one power of two that makes them whole. */
function inWholeNumbers(points: readonly Point[]): readonly Whole[] {
  const parts = points.flat().map(digitsOf);
  const least = Math.min(...parts.map(({ exponent }) => exponent));
  const whole = parts.map(({ digits, exponent }) => digits << BigInt(exponent - least));
  return points.map((_, index) => [whole[2 * index]!, whole[2 * index + 1]!]);
}

/** The double as it is kept [IEEE 754]: digits × 2^exponent. */
function digitsOf(number: number): { readonly digits: bigint; readonly exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  const bits = view.getBigUint64(0);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const digits = exponent === 0 ? fraction : fraction | (1n << 52n);
  if (digits === 0n) return { digits, exponent: 0 };
  return { digits: number < 0 ? -digits : digits, exponent: Math.max(exponent, 1) - 1_075 };
}
