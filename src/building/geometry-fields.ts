// Reading the fields of a building model that lie on a floor: points, outlines, masks and lines, all in metres. What
// record has which is said in shape.ts.

import { atOnce, type Steps } from "../steps.ts";
import { type At, described, fault, isMembers, list, number, type Reader } from "./fields.ts";
import { corners } from "./geometry.ts";
import { crosses } from "./self-crossing.ts";
import type { Point } from "../model/fact.ts";

/** A thousand kilometres: beyond it a micrometre is lost in a double. */
const farthest = 1_000_000;
/** A person near an outline is held against each of its edges. */
const mostCorners = 1_000;

const coordinate = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && Math.abs(value) <= farthest;
const distance = (value: unknown): value is number => coordinate(value) && value > 0;

const tuple = (size: number, least: object): object => ({
  type: "array",
  minItems: size,
  maxItems: size,
  items: { type: "number", ...least, maximum: farthest },
});

export const metres = number(distance, `a number of metres above 0, at most ${farthest}`);

export const planeHeight = number(
  (value) => value >= 0 && value <= farthest,
  `a number of metres from 0 to ${farthest}`,
);

export const point = described(
  (value, at) =>
    isTuple(value, 2, coordinate)
      ? value
      : fault(at, "WRONG_TYPE", `must be [x, y] in metres, at most ${farthest} from 0`),
  tuple(2, { minimum: -farthest }),
);

export const sides = described(
  (value, at) =>
    isTuple(value, 2, distance) ? value : fault(at, "WRONG_TYPE", "must be [x, y] in metres, both above 0"),
  tuple(2, { exclusiveMinimum: 0 }),
);

export const orientation = described(
  (value, at) =>
    isTuple(value, 3, coordinate) ? value : fault(at, "WRONG_TYPE", "must be [yaw, pitch, roll] in degrees"),
  tuple(3, { minimum: -farthest }),
);

const points = list(point);

function* readRing(value: unknown, at: At): Steps<unknown> {
  const read = (yield* points.inSteps!(value, at)) as readonly (Point | undefined)[] | undefined;
  if (read === undefined || read.includes(undefined)) return undefined;
  return ringOf(read as readonly Point[], at);
}

function ringOf(points: readonly Point[], at: At): unknown {
  const count = corners(points).length;
  if (count < 3) return fault(at, "TOO_FEW_CORNERS", "must have at least three different corners");
  if (count > mostCorners) return fault(at, "TOO_MANY_CORNERS", `must have at most ${mostCorners} corners`);
  if (crosses(points)) return fault(at, "SELF_CROSSING", "must not cross or touch itself");
  return points;
}

const ring: Reader = Object.assign((value: unknown, at: At) => atOnce(readRing(value, at)), { inSteps: readRing });

/** None at all: not drawn yet. */
export const outline: Reader = Object.assign((value: unknown, at: At) => atOnce(readOutline(value, at)), {
  inSteps: readOutline,
});

function* readOutline(value: unknown, at: At): Steps<unknown> {
  return Array.isArray(value) && value.length === 0 ? undefined : yield* readRing(value, at);
}

export const masks: Reader = list(ring);

/** An object, so that a line may come to say more than where it is. */
export const countingLine: Reader = (value, at) => {
  const line = isMembers(value) ? value["line"] : undefined;
  if (!isTuple(line, 2, (end) => isTuple(end, 2, coordinate))) {
    return fault(at, "WRONG_TYPE", 'must be {"line": [[x, y], [x, y]]} in metres');
  }
  const [[x, y], [toX, toY]] = line as readonly [Point, Point];
  return x === toX && y === toY ? fault(at, "WRONG_VALUE", "must be a line between two different points") : value;
};

function isTuple(value: unknown, length: number, fits: (item: unknown) => boolean): value is readonly unknown[] {
  return Array.isArray(value) && value.length === length && value.every(fits);
}
