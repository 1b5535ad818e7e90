// Which of many outlines hold a point: an R-tree over their boxes, then each outline in question exactly. Costs what lies
// near the point, not how many there are.

import Flatbush from "flatbush";
import type { Outline } from "./building.ts";
import { contains } from "./geometry.ts";
import type { Point } from "../model/fact.ts";

/** Finds the items whose outline holds a point. */
export interface OutlineIndex<Item> {
  /** In the order in which the items were given. */
  at(x: number, y: number): readonly Item[];
  holds(x: number, y: number): boolean;
  /** Those whose box meets this one and whose outline fits. */
  near(box: Box, fits: (outline: Outline) => boolean): readonly Item[];
}

export type Box = readonly [west: number, south: number, east: number, north: number];

/** Smaller than usual: a point meets few boxes, so that wide nodes are mostly compared in vain. */
const nodeSize = 4;

const nothing: readonly never[] = [];
const empty: OutlineIndex<never> = { at: () => nothing, holds: () => false, near: () => nothing };

/** What is found is tested with `contains` and its half-open edges, so that a shared wall gives each point to one room.
 * Libraries for points in polygons tell only that a point is on the edge, not whose it is then. */
export function outlineIndex<Item>(items: readonly Item[], outlineOf: (item: Item) => Outline): OutlineIndex<Item> {
  if (items.length === 0) return empty;
  const outlines = items.map(outlineOf);
  const tree = new Flatbush(items.length, nodeSize);
  for (const outline of outlines) {
    const [xs, ys] = [outline.map(([x]) => x), outline.map(([, y]) => y)];
    tree.add(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys));
  }
  tree.finish();
  /** Ready answers for the usual case of one hit. */
  const alone = items.map((item) => [item]);
  return {
    at(x, y) {
      const point: Point = [x, y];
      const found = tree.search(x, y, x, y, (index) => contains(outlines[index]!, point));
      if (found.length < 2) return found.length === 0 ? nothing : alone[found[0]!]!;
      return found.toSorted((a, b) => a - b).map((index) => items[index]!);
    },
    near: (box, fits) =>
      tree
        .search(...box, (index) => fits(outlines[index]!))
        .toSorted((a, b) => a - b)
        .map((index) => items[index]!),
    holds: (x, y) => tree.collides(x, y, x, y, (index) => contains(outlines[index]!, [x, y])),
  };
}
