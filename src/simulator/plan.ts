// The floor plans of the simulated building: floors of 24 x 15 m, rooms that tile them without gaps, a corridor through the
// middle, and desks. Origin lower left, metres. South rooms open to the corridor at y = 6, north ones at y = 9. All floors
// above the ground are alike.

import type { Point } from "../model/fact.ts";

export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

export interface RoomPlan {
  /** Its `customID` in the model, by which the people find it. */
  readonly code: string;
  readonly names: readonly string[];
  readonly box: Box;
  /** Desks in rows of this many; 0 for none. */
  readonly desks: number;
  /** Also watched by a motion sensor. */
  readonly motion: boolean;
  /** How the sensor at its door counts people: those of each passing, or in running totals. null: there is none. */
  readonly counted: "steps" | "totals" | null;
}

const box = (x0: number, y0: number, x1: number, y1: number): Box => ({ x0, y0, x1, y1 });
const room = (
  code: string,
  names: readonly string[],
  box: Box,
  extra: { desks?: number; motion?: boolean; counted?: "steps" | "totals" } = {},
): RoomPlan => ({
  code,
  names,
  box,
  desks: extra.desks ?? 0,
  motion: extra.motion ?? false,
  counted: extra.counted ?? null,
});

const meeting = ["Juniper", "Alder", "Hazel", "Rowan", "Larch", "Sorrel"];

const ground: readonly RoomPlan[] = [
  room("1-LOBBY", ["Lobby", "Foyer", "Atrium"], box(0, 0, 8, 6)),
  room("1-CAFE", ["Café Minim", "Copper Kettle", "The Pantry"], box(8, 0, 16, 6), { counted: "steps" }),
  room("1-MAIL", ["Mail Room", "Parcel Room"], box(16, 0, 24, 6), { motion: true }),
  room("1-CORRIDOR", ["Ground Corridor"], box(0, 6, 24, 9)),
  room("1-WEST", ["Studio West", "Garden Studio"], box(0, 9, 12, 15), { desks: 4 }),
  room("1-EAST", ["Studio East", "Court Studio"], box(12, 9, 24, 15), { desks: 4 }),
];

const upper = (storey: number): readonly RoomPlan[] => [
  room(`${storey}-MEETING-A`, meeting.slice(0, 3), box(0, 0, 6, 6), { motion: true }),
  room(`${storey}-MEETING-B`, meeting.slice(3), box(6, 0, 12, 6), { motion: true }),
  room(`${storey}-FOCUS`, ["Focus Room", "Quiet Room"], box(12, 0, 16, 6), { motion: true }),
  room(`${storey}-LOUNGE`, ["Lounge", "Sun Room"], box(16, 0, 24, 6), { counted: "totals" }),
  room(`${storey}-CORRIDOR`, ["Upper Corridor"], box(0, 6, 24, 9)),
  room(`${storey}-OPEN`, ["Open Office", "Loft"], box(0, 9, 24, 15), { desks: 8 }),
];

/** By level, the ground floor first. */
export function planOf(floors: number): readonly (readonly RoomPlan[])[] {
  return [ground, ...Array.from({ length: floors - 1 }, (_, index) => upper(index + 2))];
}

/** The room with this code, such as "2-OPEN", and the level that it is on. */
export function roomOf(code: string): RoomPlan & { readonly level: number } {
  const level = Number.parseInt(code, 10) - 1;
  const found = (level === 0 ? ground : upper(level + 1)).find((room) => room.code === code);
  if (found === undefined) throw new RangeError(`There is no room ${code}.`);
  return { ...found, level };
}

export const corridorOf = (level: number): string => `${level + 1}-CORRIDOR`;

/** Where the street door is, where the stairs are on every floor. */
export const entrance: Point = [4, 0.3];
export const stairs: Point = [23.4, 7.5];

/** A line across each corridor. Those who walk towards the stairs pass it from its right to its left: they go in. */
export const corridorLine: readonly [Point, Point] = [
  [15, 9],
  [15, 6],
];

/** The desks of a room, in one row; sides in metres. */
export function desksOf({ box, desks }: RoomPlan): readonly Box[] {
  const step = (box.x1 - box.x0) / Math.max(desks, 1);
  return Array.from({ length: desks }, (_, index) => {
    const middle = box.x0 + (index + 0.5) * step;
    return { x0: middle - 0.9, y0: box.y1 - 2.4, x1: middle + 0.9, y1: box.y1 - 0.8 };
  });
}

/** What the presence sensors of a room see: tiles of at most 6 m a side that cover it once. */
export function tilesOf({ box }: RoomPlan): readonly Box[] {
  const across = Math.ceil((box.x1 - box.x0) / 6);
  const along = Math.ceil((box.y1 - box.y0) / 6);
  const [width, depth] = [(box.x1 - box.x0) / across, (box.y1 - box.y0) / along];
  return Array.from({ length: across * along }, (_, tile) => {
    const [column, row] = [tile % across, Math.floor(tile / across)];
    const [x0, y0] = [box.x0 + column * width, box.y0 + row * depth];
    return { x0, y0, x1: x0 + width, y1: y0 + depth };
  });
}

export function cornersOf({ x0, y0, x1, y1 }: Box): readonly Point[] {
  return [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ];
}

export const middleOf = ({ x0, y0, x1, y1 }: Box): Point => [(x0 + x1) / 2, (y0 + y1) / 2];

/** Half-open, so that a point on a shared edge lies in one box. */
export const within = (box: Box, [x, y]: Point): boolean => x >= box.x0 && x < box.x1 && y >= box.y0 && y < box.y1;

/** The smallest box that holds all these points on its corners and edges. */
export function boxAround(points: readonly Point[]): Box {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return { x0: Math.min(...xs), y0: Math.min(...ys), x1: Math.max(...xs), y1: Math.max(...ys) };
}
