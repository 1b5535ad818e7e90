// A line on the floor that people are counted at: who has passed it, and which way. Pure geometry of one person's path,
// point by point.

import type { Point } from "../../model/fact.ts";

export type Line = readonly [from: Point, to: Point];

/** Where a person stands to a line. */
export interface Stance {
  /** The side they came from: 1 left, -1 right, as seen from the first point of the line to the second; 0: not known yet. */
  readonly settled: -1 | 0 | 1;
  /** The side they are on now; 0: exactly on the line, or not known yet. */
  readonly side: -1 | 0 | 1;
  /** They reached their side between the ends of the line, not around them. */
  readonly through: boolean;
}

/** in: from the right of the line to its left. */
export type Passage = "in" | "out" | null;

/** Metres. Somebody has passed the line once they are this far beyond it: who lingers on it, or seems to because the sensor
 * places people a little to the left and right of where they are, is counted once [docs/accuracy.md]. */
const beyond = 0.4;

export function firstStance(line: Line, at: Point): Stance {
  const side = sideOf(distanceTo(line, at));
  return { settled: side, side, through: false };
}

/** One step of the path, from one point to the next. */
export function step(line: Line, stance: Stance, from: Point, to: Point): { stance: Stance; passage: Passage } {
  const distance = distanceTo(line, to);
  const side = sideOf(distance);
  if (side === 0) return { stance, passage: null };
  const through = side === stance.side ? stance.through : isBetweenEnds(line, from, to);
  const { settled } = stance;
  if (settled === 0 || side === settled) return { stance: { settled: side, side, through: false }, passage: null };
  if (Math.abs(distance) < beyond) return { stance: { settled, side, through }, passage: null };
  const passage = through ? (side === 1 ? "in" : "out") : null;
  return { stance: { settled: side, side, through: false }, passage };
}

/** Metres from the endless line; positive: left of it. */
function distanceTo([a, b]: Line, point: Point): number {
  return cross(a, b, point) / Math.hypot(b[0] - a[0], b[1] - a[1]);
}

const sideOf = (distance: number): -1 | 0 | 1 => (distance > 0 ? 1 : distance < 0 ? -1 : 0);

/** Whether the way between two points, which are not on one side of the endless line, meets the line between its ends. */
function isBetweenEnds([a, b]: Line, from: Point, to: Point): boolean {
  const [atFrom, atTo] = [cross(a, b, from), cross(a, b, to)];
  // Who stood on the line leaves it where they stood.
  const share = atFrom === 0 ? 0 : atFrom / (atFrom - atTo);
  const meeting: Point = [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
  const along = (meeting[0] - a[0]) * (b[0] - a[0]) + (meeting[1] - a[1]) * (b[1] - a[1]);
  const length = (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2;
  return along >= 0 && along <= length;
}

function cross(a: Point, b: Point, point: Point): number {
  return (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0]);
}
