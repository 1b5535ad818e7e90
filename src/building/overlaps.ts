// Which sensors of a floor see some of the same floor: their footprints, turned rectangles, have more in common than an
// edge. Only such sensors can see the same person.

import Flatbush from "flatbush";
import type { Footprint, Outline, Sensor } from "./building.ts";
import type { Point } from "../model/fact.ts";
import { turn } from "./geometry.ts";

/** A micrometre: rectangles that reach less into each other only touch, as far as their numbers are exact. */
const touching = 1e-6;

type Placed = Sensor & { readonly footprint: Footprint };

/** From a sensor to the placed presence sensors whose footprints overlap its own, in the given order, without itself. Each
 * answer is found once and kept. */
export function overlapsOf(sensors: readonly Sensor[]): (sensor: Sensor) => readonly Sensor[] {
  const placed = sensors.filter((each): each is Placed => each.mode === "presence" && each.footprint !== null);
  if (placed.length === 0) return () => [];
  const tree = new Flatbush(placed.length);
  for (const { footprint } of placed) tree.add(...boxOf(footprint));
  tree.finish();
  const known = new Map<string, readonly Sensor[]>();
  return (sensor) => {
    const { id, footprint } = sensor;
    const before = known.get(id);
    if (before !== undefined) return before;
    const found =
      footprint === null
        ? []
        : tree
            .search(
              ...boxOf(footprint),
              (index) => placed[index]!.id !== id && overlap(footprint, placed[index]!.footprint),
            )
            .toSorted((a, b) => a - b)
            .map((index) => placed[index]!);
    known.set(id, found);
    return found;
  };
}

/** Whether two footprints have more in common than an edge or a corner: on the axes of both, their shadows reach into
 * each other (separating axes). */
export function overlap(a: Footprint, b: Footprint): boolean {
  const [dx, dy] = [b.centre[0] - a.centre[0], b.centre[1] - a.centre[1]];
  const axes = [...axesOf(a), ...axesOf(b)];
  return axes.every(([x, y]) => reach(a, x, y) + reach(b, x, y) - Math.abs(dx * x + dy * y) > touching);
}

/** Whether the footprint and an outline have more in common than an edge: the outline is cut off at each side of the rectangle in
 * turn, and something of it is left. */
export function reachesInto(footprint: Footprint, outline: Outline): boolean {
  const [[alongX, alongY], [acrossX, acrossY]] = axesOf(footprint);
  const [width, depth] = footprint.size;
  let rest: readonly Point[] = outline.map(([x, y]) => {
    const [dx, dy] = [x - footprint.centre[0], y - footprint.centre[1]];
    return [alongX * dx + alongY * dy, acrossX * dx + acrossY * dy];
  });
  rest = cutOff(rest, ([x]) => width / 2 - x);
  rest = cutOff(rest, ([x]) => x + width / 2);
  rest = cutOff(rest, ([, y]) => depth / 2 - y);
  rest = cutOff(rest, ([, y]) => y + depth / 2);
  return areaOf(rest) > touching;
}

/** What of the outline lies where `inside` is not negative. */
function cutOff(outline: readonly Point[], inside: (point: Point) => number): Point[] {
  const rest: Point[] = [];
  for (const [index, to] of outline.entries()) {
    const from = outline.at(index - 1)!;
    const [a, b] = [inside(from), inside(to)];
    if (a < 0 !== b < 0) {
      const share = a / (a - b);
      rest.push([from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])]);
    }
    if (b >= 0) rest.push(to);
  }
  return rest;
}

function areaOf(outline: readonly Point[]): number {
  let twice = 0;
  for (const [index, to] of outline.entries()) {
    const from = outline.at(index - 1)!;
    twice += from[0] * to[1] - to[0] * from[1];
  }
  return Math.abs(twice) / 2;
}

/** The smallest upright box around the footprint. */
export function boxOf(footprint: Footprint): [west: number, south: number, east: number, north: number] {
  const [x, y] = footprint.centre;
  const [dx, dy] = [reach(footprint, 1, 0), reach(footprint, 0, 1)];
  return [x - dx, y - dy, x + dx, y + dy];
}

/** How far it reaches from its centre in a direction of length 1. */
function reach(footprint: Footprint, x: number, y: number): number {
  const [[alongX, alongY], [acrossX, acrossY]] = axesOf(footprint);
  const [width, depth] = footprint.size;
  return (Math.abs(alongX * x + alongY * y) * width + Math.abs(acrossX * x + acrossY * y) * depth) / 2;
}

type Axis = readonly [x: number, y: number];

/** The directions of its sides, of length 1. */
function axesOf({ orientation }: Footprint): readonly [Axis, Axis] {
  const [cos, sin] = turn(orientation);
  return [
    [cos, sin],
    [-sin, cos],
  ];
}
