// Joins the points of successive frames of one sensor to paths, where the sensor gives no ids: each point continues the path
// that was expected nearest to it, one to one, within a gate. Pure. Measured on a crowd in a door at 1 to 25 frames a second
// [docs/accuracy.md]: below 2 a second, people who follow each other closely are mistaken for one another.

import type { Point } from "../../model/fact.ts";

/** Where a path has come to. */
export interface PathEnd {
  readonly at: number;
  readonly point: Point;
  /** Metres a second, smoothed. */
  readonly velocity: Point;
}

/** How far a point may lie from the path that it continues: metres by which a sensor misplaces people … */
const misplaced = 0.4;
/** … and metres that a person walks in a second. */
const pace = 2;
/** Somebody is expected to walk on as they did for this long, s. */
const horizon = 1;
/** What a person did this long ago counts little for where they go now, s. */
const memory = 0.5;

/** For each point the index of the path that it continues; null: a new one begins there. No path is newer than `at`. */
export function join(paths: readonly PathEnd[], points: readonly Point[], at: number): (number | null)[] {
  const pairs: { readonly path: number; readonly point: number; readonly distance: number }[] = [];
  for (const [path, end] of paths.entries()) {
    const passed = (at - end.at) / 1000;
    const gate = misplaced + pace * passed;
    const walked = Math.min(passed, horizon);
    const expected: Point = [end.point[0] + end.velocity[0] * walked, end.point[1] + end.velocity[1] * walked];
    for (const [point, candidate] of points.entries()) {
      if (distance(candidate, end.point) <= gate) pairs.push({ path, point, distance: distance(candidate, expected) });
    }
  }
  // Ties in the order of the frames, so that every run joins alike.
  pairs.sort((a, b) => a.distance - b.distance || a.path - b.path || a.point - b.point);
  const joined = points.map((): number | null => null);
  const taken = new Set<number>();
  for (const { path, point } of pairs) {
    if (joined[point] !== null || taken.has(path)) continue;
    joined[point] = path;
    taken.add(path);
  }
  return joined;
}

export function beginPath(at: number, point: Point): PathEnd {
  return { at, point, velocity: [0, 0] };
}

/** Two points of one moment say nothing about a velocity. */
export function continuePath(path: PathEnd, at: number, point: Point): PathEnd {
  const passed = (at - path.at) / 1000;
  if (passed <= 0) return { at, point, velocity: path.velocity };
  const weight = 1 - Math.exp(-passed / memory);
  const smoothed = (axis: 0 | 1): number => {
    const velocity = (point[axis] - path.point[axis]) / passed;
    return path.velocity[axis] + weight * (velocity - path.velocity[axis]);
  };
  return { at, point, velocity: [smoothed(0), smoothed(1)] };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}
