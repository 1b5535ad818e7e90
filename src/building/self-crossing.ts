// Whether an outline is a simple polygon. A line sweeps over it from west to east and holds the edges that it crosses in
// order; only edges that come to lie next to each other can be the first to meet. Costs little more than sorting the
// corners, so that no outline of a hostile model holds the server up.

import { exactSide } from "./exact-side.ts";
import { corners } from "./geometry.ts";
import type { Point } from "../model/fact.ts";

/** The edge from corner `index` to the next; `west` is the end that the sweep meets first. */
interface Edge {
  readonly index: number;
  readonly west: Point;
  readonly east: Point;
}

/** Whether the outline meets itself: two of its edges share more than the corner between neighbours. */
export function crosses(outline: readonly Point[]): boolean {
  const ring = corners(outline);
  const edges = ring.map((from, index): Edge => {
    const to = ring[(index + 1) % ring.length]!;
    return inOrder(from, to) < 0 ? { index, west: from, east: to } : { index, west: to, east: from };
  });
  return (
    ring.some((corner, index) => foldsBack(ring.at(index - 1)!, corner, ring[(index + 1) % ring.length]!)) ||
    meets(ring, edges)
  );
}

/** From west to east; on one meridian from south to north, as if the sweep line leant a little. */
function inOrder(a: Point, b: Point): number {
  return a[0] - b[0] || a[1] - b[1];
}

/** For neighbours: the second goes back over the first. */
function foldsBack(a: Point, b: Point, c: Point): boolean {
  const forward = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]);
  return forward < 0 && exactSide(a, b, c) === 0;
}

/** Whether two edges meet that are no neighbours. */
function meets(ring: readonly Point[], edges: readonly Edge[]): boolean {
  const order = ring.map((_, index) => index).toSorted((a, b) => inOrder(ring[a]!, ring[b]!));
  /** The edges under the sweep line, from south to north. */
  const crossed: Edge[] = [];
  /** Whether the edge at this place and the one north of it meet. */
  const meetAt = (place: number): boolean => {
    const [south, north] = [crossed[place], crossed[place + 1]];
    return (
      south !== undefined && north !== undefined && !areNeighbours(south, north, ring.length) && meet(south, north)
    );
  };
  const remove = (edge: Edge): boolean => {
    const place = crossed.indexOf(edge);
    crossed.splice(place, 1);
    return meetAt(place - 1);
  };
  for (const [rank, index] of order.entries()) {
    const corner = ring[index]!;
    if (rank > 0 && inOrder(ring[order[rank - 1]!]!, corner) === 0) return true;
    const [first, second] = [edges.at(index - 1)!, edges[index]!];
    const [firstEnds, secondEnds] = [first.east === corner, second.east === corner];
    if (firstEnds && secondEnds) {
      if (remove(first) || remove(second)) return true;
    } else if (firstEnds || secondEnds) {
      const place = crossed.indexOf(firstEnds ? first : second);
      crossed[place] = firstEnds ? second : first;
      if (meetAt(place - 1) || meetAt(place)) return true;
    } else {
      const place = southOf(corner, crossed);
      const firstIsSouth = exactSide(corner, first.east, second.east) > 0;
      crossed.splice(place, 0, ...(firstIsSouth ? [first, second] : [second, first]));
      if (meetAt(place - 1) || meetAt(place + 1)) return true;
    }
  }
  return false;
}

/** How many of the edges lie south of the corner. One that the corner lies on counts as north of it, and so comes to lie
 * next to the corner's own edges. */
function southOf(corner: Point, crossed: readonly Edge[]): number {
  let [from, to] = [0, crossed.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const { west, east } = crossed[middle]!;
    if (exactSide(west, east, corner) > 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

function areNeighbours(a: Edge, b: Edge, count: number): boolean {
  const apart = Math.abs(a.index - b.index);
  return apart === 1 || apart === count - 1;
}

function meet({ west: a, east: b }: Edge, { west: c, east: d }: Edge): boolean {
  const [atC, atD, atA, atB] = [exactSide(a, b, c), exactSide(a, b, d), exactSide(c, d, a), exactSide(c, d, b)];
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
