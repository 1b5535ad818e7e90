// On which side of a line a point lies, without rounding. A sweep over edges must never get answers that contradict each
// other; counting people needs no such care.

import type { Point } from "../model/fact.ts";

/** Above this share of the two products, their difference has the right sign in spite of rounding, */
const safe = 4 * Number.EPSILON;
/** unless they are so small that doubles lose digits. */
const tiny = 1e-290;

/** 1: the point is left of the line, looking from `from` to `to`; -1: right of it; 0: on it. */
export function exactSide(from: Point, to: Point, point: Point): number {
  const left = (to[0] - from[0]) * (point[1] - from[1]);
  const right = (point[0] - from[0]) * (to[1] - from[1]);
  const isClear = Math.abs(left - right) > safe * (Math.abs(left) + Math.abs(right)) + tiny;
  return isClear ? Math.sign(left - right) : inWholeNumbers(from, to, point);
}

function inWholeNumbers(...points: readonly [from: Point, to: Point, point: Point]): number {
  const scaled = points.flat().map(wholeNumber);
  const most = Math.max(...scaled.map(({ shift }) => shift));
  const [ax, ay, bx, by, px, py] = scaled.map(({ value, shift }) => value << BigInt(most - shift)) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const difference = (bx - ax) * (py - ay) - (px - ax) * (by - ay);
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

/** The number times a power of two that makes it whole, which changes no digit of it. */
function wholeNumber(number: number): { readonly value: bigint; readonly shift: number } {
  let shift = 0;
  for (; !Number.isInteger(number); shift += 64) number *= 2 ** 64;
  return { value: BigInt(number), shift };
}
