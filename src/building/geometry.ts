// Plane geometry of a floor: from a sensor's own view to metres and back, and which outline holds a point. Pure, and
// the only place that knows how a sensor's own axes lie.

import type { Footprint } from "./building.ts";
import type { SensorDocument } from "./document.ts";
import type { Point } from "../model/fact.ts";

const usualFieldOfView = 60;

/** The side in metres of the square that a sensor sees in a plane `height` metres below it. The vendor names no unit for
 * its `field_of_view` and gives the usual one both as 60 and as 1.0472 [butlr.md §10]: up to π it is in radians, for no
 * sensor looks through three degrees, and beyond in degrees. */
export function footprintSide(height: number, fieldOfView: number = usualFieldOfView): number {
  const radians = fieldOfView < Math.PI ? fieldOfView : (fieldOfView * Math.PI) / 180;
  return 2 * height * Math.tan(radians / 2);
}

/** Where a sensor hangs; null when the model does not say, or not how much of the floor it sees. */
export function footprintOf(sensor: Partial<SensorDocument>): Footprint | null {
  const { center, height, detection_plane_height: plane = 0, field_of_view, footprint, orientation, y_down } = sensor;
  const side = height === undefined ? undefined : footprintSide(height - plane, field_of_view);
  const size = footprint ?? (side === undefined ? undefined : ([side, side] as const));
  if (center === undefined || size === undefined) return null;
  return { centre: center, size, orientation: orientation?.[2] ?? 0, yDown: y_down ?? true };
}

/** To 6 decimals: a micrometre on the floor, a millionth of a footprint. */
export function rounded([x, y]: Point): Point {
  return [Math.round(x * 1e6) / 1e6 + 0, Math.round(y * 1e6) / 1e6 + 0];
}

/** From shares of the footprint ([0, 0] is its top left corner, values beyond 0..1 lie outside) to metres on the floor,
 * to 6 decimals. */
export function toWorld(footprint: Footprint, [x, y]: Point): Point {
  const [cos, sin] = turn(footprint.orientation);
  const right = (x - 0.5) * footprint.size[0];
  const up = (y - 0.5) * footprint.size[1] * upward(footprint);
  return rounded([footprint.centre[0] + right * cos - up * sin, footprint.centre[1] + right * sin + up * cos]);
}

/** The inverse of toWorld, not rounded. */
export function toLocal(footprint: Footprint, [x, y]: Point): Point {
  const [cos, sin] = turn(footprint.orientation);
  const dx = x - footprint.centre[0];
  const dy = y - footprint.centre[1];
  const right = dx * cos + dy * sin;
  const up = dy * cos - dx * sin;
  return [right / footprint.size[0] + 0.5, (up / footprint.size[1]) * upward(footprint) + 0.5];
}

/** The corners without those that repeat the one before, nor a last one that closes the ring by repeating the first. */
export function corners(outline: readonly Point[]): readonly Point[] {
  return outline.filter((corner, index) => {
    const before = outline.at(index - 1) ?? corner;
    return outline.length === 1 || corner[0] !== before[0] || corner[1] !== before[1];
  });
}

/** Whether the point belongs to the outline. Edges are half-open, so that rooms which share a wall share no point: a wall
 * belongs to the room east of it, one that runs exactly east and west to the room north of it. Every point of a
 * gapless set of rooms thus belongs to exactly one, also where rounding decides: an edge is judged in one direction,
 * whichever way round a room lists it. */
export function contains(outline: readonly Point[], point: Point): boolean {
  let inside = false;
  let from = outline.at(-1);
  for (const to of outline) {
    if (from !== undefined && from[1] > point[1] !== to[1] > point[1]) {
      const westOfEdge = from[1] < to[1] ? side(from, to, point) > 0 : side(to, from, point) > 0;
      if (westOfEdge) inside = !inside;
    }
    from = to;
  }
  return inside;
}

function upward(footprint: Footprint): number {
  return footprint.yDown === false ? 1 : -1;
}

/** Cosine and sine, exact for quarter turns. */
export function turn(degrees: number): readonly [cos: number, sin: number] {
  const quarters = degrees / 90;
  if (Number.isInteger(quarters)) {
    const exact = [
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
    ] as const;
    return exact[((quarters % 4) + 4) % 4]!;
  }
  const radians = (degrees * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
}

/** Above 0: the point is left of the line, looking from `from` to `to`; 0: on it. */
function side(from: Point, to: Point, point: Point): number {
  return (to[0] - from[0]) * (point[1] - from[1]) - (point[0] - from[0]) * (to[1] - from[1]);
}

/** Square metres within the outline, whichever way round it runs. */
export function areaOf(outline: readonly Point[]): number {
  let twice = 0;
  for (const [index, [x, y]] of outline.entries()) {
    const [nextX, nextY] = outline[(index + 1) % outline.length]!;
    twice += x * nextY - nextX * y;
  }
  return Math.abs(twice) / 2;
}
