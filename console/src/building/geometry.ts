// Geometry of the plan, in metres and then in pixels. Pure.

import type { Floor, ModelSensor, Point } from "../api/types.ts";

export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

export function boxOf(points: readonly Point[]): Box | null {
  if (points.length === 0) return null;
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return { x0: Math.min(...xs), y0: Math.min(...ys), x1: Math.max(...xs), y1: Math.max(...ys) };
}

/** Everything that is drawn of a floor; null: nothing is. */
export function extentOf(floor: Floor): Box | null {
  const outlines = [floor, ...(floor.rooms ?? []), ...(floor.zones ?? [])].flatMap(
    ({ coordinates = [] }) => coordinates,
  );
  const sensors = (floor.sensors ?? []).flatMap(({ center }) => (center === undefined ? [] : [center]));
  return boxOf([...outlines, ...sensors]);
}

export interface Fit {
  /** Pixels for a metre. */
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

/** Fits the box into so many pixels, with a margin of 4 %. */
export function fit(box: Box, width: number, height: number): Fit {
  const [wide, high] = [Math.max(box.x1 - box.x0, 0.5), Math.max(box.y1 - box.y0, 0.5)];
  const scale = Math.min((width * 0.92) / wide, (height * 0.92) / high);
  return {
    scale,
    left: (width - wide * scale) / 2 - box.x0 * scale,
    top: (height - high * scale) / 2 - box.y0 * scale,
  };
}

export const toPixels = ({ scale, left, top }: Fit, [x, y]: Point): Point => [x * scale + left, y * scale + top];

export function isInside(outline: readonly Point[], [x, y]: Point): boolean {
  let inside = false;
  for (let index = 0, before = outline.length - 1; index < outline.length; before = index++) {
    const [[x1, y1], [x2, y2]] = [outline[index]!, outline[before]!];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

export interface LabelPlace {
  readonly at: Point;
  /** How wide and high a text around it may be. */
  readonly width: number;
  readonly height: number;
}

/** Where a label has most room in an outline, beside what else stands there. The middle, where that is free; else the best of a
 * grid. */
export function labelPlace(outline: readonly Point[], obstacles: readonly Box[] = []): LabelPlace {
  const box = boxOf(outline)!;
  const isFree = (point: Point): boolean =>
    isInside(outline, point) && !obstacles.some((each) => isWithin(each, point));
  const middle: Point = [(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2];
  const steps = 12;
  const candidates: Point[] = [middle];
  for (let column = 1; column < steps; column++) {
    for (let row = 1; row < steps; row++) {
      candidates.push([box.x0 + ((box.x1 - box.x0) * column) / steps, box.y0 + ((box.y1 - box.y0) * row) / steps]);
    }
  }
  let best: LabelPlace | null = null;
  for (const at of candidates) {
    const room = roomAround(isFree, at, box);
    if (room === null) continue;
    // The middle wins unless another place is clearly better.
    const bonus = at === middle ? 1.15 : 1;
    if (best === null || worth(room) * bonus > worth(best)) best = room;
  }
  return best ?? { at: middle, width: 0, height: 0 };
}

/** A label is about as wide as twice its height; more room than a large one needs is worth little. */
const worth = ({ width, height }: LabelPlace): number =>
  Math.min(width, height * 2, 4) + Math.min(width, height * 2) / 100;

const isWithin = ({ x0, y0, x1, y1 }: Box, [x, y]: Point): boolean => x > x0 && x < x1 && y > y0 && y < y1;

/** The largest free rectangle around a point, twice as wide as high, and then as wide as it goes. */
function roomAround(isFree: (point: Point) => boolean, [x, y]: Point, box: Box): LabelPlace | null {
  if (!isFree([x, y])) return null;
  const step = Math.min(box.x1 - box.x0, box.y1 - box.y0) / 24;
  const spread = [-1, -0.5, 0, 0.5, 1];
  const fits = (half: number): boolean =>
    spread.every((across) => spread.every((down) => isFree([x + across * 2 * half, y + down * half])));
  let half = 0;
  while (half < box.y1 - box.y0 && fits(half + step / 2)) half += step / 2;
  const reach = (way: 1 | -1): number => {
    let length = 2 * half;
    while (length < box.x1 - box.x0 && spread.every((down) => isFree([x + way * (length + step), y + down * half])))
      length += step;
    return length;
  };
  return { at: [x, y], width: 2 * Math.min(reach(1), reach(-1)), height: 2 * half };
}

/** The corners of what a sensor sees, clockwise on the plan; null: it has no place. */
export function footprintOf(sensor: ModelSensor): readonly Point[] | null {
  const { center, footprint, height, field_of_view: view = 60, orientation = [] } = sensor;
  if (center === undefined) return null;
  const angle = view < Math.PI ? view : (view * Math.PI) / 180;
  const side = height === undefined ? null : 2 * height * Math.tan(angle / 2);
  const [wide, deep] = footprint ?? (side === null ? [0, 0] : [side, side]);
  if (wide === 0) return null;
  const roll = ((orientation[2] ?? 0) * Math.PI) / 180;
  const corners: readonly Point[] = [
    [-wide / 2, -deep / 2],
    [wide / 2, -deep / 2],
    [wide / 2, deep / 2],
    [-wide / 2, deep / 2],
  ];
  return corners.map(([x, y]) => [
    center[0] + x * Math.cos(roll) - y * Math.sin(roll),
    center[1] + x * Math.sin(roll) + y * Math.cos(roll),
  ]);
}

export type Direction = "left" | "right" | "up" | "down";

/** The nearest of the places in that direction; null: there is none. */
export function neighbour(
  from: Point,
  places: readonly (readonly [id: string, at: Point])[],
  direction: Direction,
): string | null {
  const [dx, dy] = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] }[direction] as [number, number];
  let best: { readonly id: string; readonly cost: number } | null = null;
  for (const [id, [x, y]] of places) {
    const [alongX, alongY] = [x - from[0], y - from[1]];
    const along = alongX * dx + alongY * dy;
    const across = Math.abs(alongX * dy) + Math.abs(alongY * dx);
    if (along <= 0.01 || across > along * 2.5) continue;
    const cost = along + across * 1.5;
    if (best === null || cost < best.cost) best = { id, cost };
  }
  return best?.id ?? null;
}
