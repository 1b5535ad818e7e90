// How one walks in the simulated building: where one sits in a room, and the way from one spot to another, through the doors
// of the rooms, along the corridor and over the stairs.

import type { Point } from "../model/fact.ts";
import { corridorOf, entrance, middleOf, roomOf, stairs } from "./plan.ts";

/** A point in a room. */
export interface Spot {
  readonly level: number;
  /** `customID` of the room. */
  readonly room: string;
  readonly point: Point;
}

export const streetDoor: Spot = { level: 0, room: "1-LOBBY", point: entrance };

/** One of twelve places around the middle of a room. */
export function seat(code: string, index: number): Spot {
  const { level, box } = roomOf(code);
  const [x, y] = middleOf(box);
  const angle = (Math.PI * 2 * (index % 12)) / 12;
  const point: Point = [x + 0.36 * (box.x1 - box.x0) * Math.cos(angle), y + 0.36 * (box.y1 - box.y0) * Math.sin(angle)];
  return { level, room: code, point };
}

export type Step =
  | { readonly kind: "walk"; readonly level: number; readonly to: Point }
  /** Between floors nobody is seen. */
  | { readonly kind: "stairs"; readonly level: number; readonly to: Point }
  | { readonly kind: "door"; readonly room: string; readonly inward: boolean };

export function way(from: Spot, to: Spot): readonly Step[] {
  if (from.room === to.room) return [{ kind: "walk", level: to.level, to: to.point }];
  const steps: Step[] = [];
  if (from.room !== corridorOf(from.level)) {
    steps.push({ kind: "walk", level: from.level, to: doorOf(from.room) });
    steps.push({ kind: "door", room: from.room, inward: false });
  }
  if (from.level !== to.level) {
    steps.push({ kind: "walk", level: from.level, to: stairs });
    steps.push({ kind: "stairs", level: to.level, to: stairs });
  }
  if (to.room !== corridorOf(to.level)) {
    steps.push({ kind: "walk", level: to.level, to: doorOf(to.room) });
    steps.push({ kind: "door", room: to.room, inward: true });
  }
  steps.push({ kind: "walk", level: to.level, to: to.point });
  return steps;
}

/** Rooms open to the corridor in the middle of their wall. */
function doorOf(code: string): Point {
  const { box, level } = roomOf(code);
  const corridor = roomOf(corridorOf(level)).box;
  return [(box.x0 + box.x1) / 2, box.y1 <= corridor.y0 ? corridor.y0 : corridor.y1];
}
