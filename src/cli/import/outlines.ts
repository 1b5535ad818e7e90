// From the polygons of a drawing to the one outline that a place of the model has: the largest polygon, its holes cut open
// by slits of a millimetre, so that a corridor around a core stays a corridor.

import { corners, rounded } from "../../building/geometry.ts";
import { crosses } from "../../building/self-crossing.ts";
import type { Point } from "../../model/fact.ts";
import type { Polygon } from "./features.ts";

export interface DrawnOutline {
  readonly outline: readonly Point[];
  /** What the outline leaves out of the drawing, as ends of a sentence; empty: nothing. */
  readonly losses: readonly string[];
}

const slitWidth = 0.001;
/** Where along an edge of a hole a slit is tried. */
const along = [1 / 2, 1 / 3, 2 / 3, 1 / 5, 4 / 5];

/** Of several polygons the largest. */
export function outlineOf(polygons: readonly Polygon[]): DrawnOutline {
  const [largest, ...others] = polygons.toSorted((a, b) => Math.abs(area(b[0]!)) - Math.abs(area(a[0]!)));
  const drawn = withoutHoles(largest!);
  if (others.length === 0) return drawn;
  return { ...drawn, losses: [...drawn.losses, `only the largest of its ${polygons.length} parts is taken`] };
}

/** One outline for each of them. */
export function outlinesOf(polygons: readonly Polygon[]): readonly DrawnOutline[] {
  return polygons.map(withoutHoles);
}

function withoutHoles([edge, ...holes]: Polygon): DrawnOutline {
  let outline = turned(opened(edge!), 1);
  let left = holes.map((hole) => turned(opened(hole), -1)).filter((hole) => hole.length >= 3);
  // A hole may be reached only through another: each that is cut open may free the way to the next.
  for (let before = -1; before !== left.length; ) {
    before = left.length;
    left = left.filter((hole) => {
      const others = left.filter((each) => each !== hole);
      const cut = cutOpen(outline, hole, others);
      outline = cut ?? outline;
      return cut === null;
    });
  }
  if (left.length === 0) return { outline, losses: [] };
  return { outline, losses: [left.length === 1 ? "a hole in it is filled" : `${left.length} holes in it are filled`] };
}

/** The outline with a slit to the hole, or null where none can be cut. */
function cutOpen(
  outline: readonly Point[],
  hole: readonly Point[],
  others: readonly (readonly Point[])[],
): readonly Point[] | null {
  for (const share of along) {
    for (const edge of hole.keys()) {
      const cut = slit(outline, hole, edge, share, others);
      if (cut !== null && !crosses(cut)) return cut;
    }
  }
  return null;
}

/** A slit from an edge of the hole straight east or west to the outline. The outline runs counter-clockwise and the hole
 * clockwise, so that the room is on the left of both: from an edge of the hole that goes down it lies to the east. */
function slit(
  outline: readonly Point[],
  hole: readonly Point[],
  edge: number,
  share: number,
  others: readonly (readonly Point[])[],
): readonly Point[] | null {
  const next = (edge + 1) % hole.length;
  const [from, to] = [hole[edge]!, hole[next]!];
  const rise = to[1] - from[1];
  if (Math.abs(rise) <= slitWidth / Math.min(share, 1 - share)) return null;
  const east = rise < 0;
  const side = (y: number): Point => [crossing(from, to, y), y];
  const middle = from[1] + rise * share;
  // The hole is walked from the end of the edge round to its beginning.
  const entry = side(middle + (Math.sign(rise) * slitWidth) / 2);
  const exit = side(middle - (Math.sign(rise) * slitWidth) / 2);
  const [atEntry, atExit] = [firstHit(entry, east, outline, others), firstHit(exit, east, outline, others)];
  if (atEntry === null || atExit === null || atEntry.edge !== atExit.edge) return null;
  return [
    ...outline.slice(0, atEntry.edge + 1),
    micrometres(atEntry.x, entry[1]),
    micrometres(...entry),
    ...hole.slice(next),
    ...hole.slice(0, next),
    micrometres(...exit),
    micrometres(atExit.x, exit[1]),
    ...outline.slice(atEntry.edge + 1),
  ];
}

/** The edge of the outline that is met first on the way east or west; null where there is none, or another hole is first. */
function firstHit(
  from: Point,
  east: boolean,
  outline: readonly Point[],
  others: readonly (readonly Point[])[],
): { readonly edge: number; readonly x: number } | null {
  let nearest: { edge: number; x: number } | null = null;
  for (const [ring, points] of [outline, ...others].entries()) {
    for (const [edge, a] of points.entries()) {
      const b = points[(edge + 1) % points.length]!;
      if (a[1] > from[1] === b[1] > from[1]) continue;
      const x = crossing(a, b, from[1]);
      if (east ? x <= from[0] : x >= from[0]) continue;
      if (nearest === null || (east ? x < nearest.x : x > nearest.x)) nearest = { edge: ring === 0 ? edge : -1, x };
    }
  }
  return nearest === null || nearest.edge === -1 ? null : nearest;
}

/** Where the edge crosses this y. */
function crossing(a: Point, b: Point, y: number): number {
  return a[0] + ((y - a[1]) / (b[1] - a[1])) * (b[0] - a[0]);
}

/** The corners of a closed ring, from its first one on. */
function opened(ring: readonly Point[]): readonly Point[] {
  const [first, ...others] = ring;
  const last = others.at(-1);
  const closes = last !== undefined && last[0] === first![0] && last[1] === first![1];
  return corners(closes ? ring.slice(0, -1) : ring);
}

/** Above 0: counter-clockwise. */
function area(ring: readonly Point[]): number {
  return ring.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = ring[(index + 1) % ring.length]!;
    return sum + (x * nextY - nextX * y) / 2;
  }, 0);
}

function turned(ring: readonly Point[], sign: 1 | -1): readonly Point[] {
  return Math.sign(area(ring)) === -sign ? ring.toReversed() : ring;
}

const micrometres = (x: number, y: number): Point => rounded([x, y]);
