// In which spaces of the floor a person counts, seen by one sensor or several. Pure.

import type { Room } from "../../building/building.ts";
import type { Point } from "../../model/fact.ts";
import type { FloorLayout } from "./floor-layout.ts";
import type { Person } from "./merge.ts";

const noRoom: readonly Room[] = [];

/** What the person whom these sensors see adds to which spaces: pairs of a space and a number. */
export function addsOf(layout: FloorLayout, members: readonly Person[]): number[] {
  const at: Point = members.length === 1 ? [members[0]!.x, members[0]!.y] : middle(members);
  const adds = [0, layout.spaces[0]!.isSum ? members.length : 1];
  addRooms(layout, members, at, adds);
  addZones(layout, members, at, adds);
  return adds;
}

/** A sensor of a room counts for that room with everybody it sees, also beyond the outline; where sensors of several rooms see
 * one person, or one of no room, the place decides. */
function addRooms(
  { plan, spaces, hasDrawnRooms, indexOf }: FloorLayout,
  members: readonly Person[],
  [x, y]: Point,
  adds: number[],
): void {
  const { room } = members[0]!.sensor;
  if (room >= 0 && areOf(room, members)) {
    adds.push(room, spaces[room]!.isSum ? members.length : 1);
    return;
  }
  const drawn = hasDrawnRooms ? plan.roomsAt(x, y) : noRoom;
  const own = new Set(members.map(({ sensor }) => sensor.room).filter((each) => each >= 0));
  if (own.size === 0) {
    for (const each of drawn) adds.push(indexOf(each), 1);
    return;
  }
  const decided = drawn.map(indexOf).find((each) => own.has(each)) ?? deepest(members).sensor.room;
  for (const each of own) {
    if (spaces[each]!.isSum) adds.push(each, members.filter(({ sensor }) => sensor.room === each).length);
    else if (each === decided) adds.push(each, 1);
  }
}

function areOf(room: number, members: readonly Person[]): boolean {
  for (const { sensor } of members) if (sensor.room !== room) return false;
  return true;
}

/** Zones merge or sum as their floor does. */
function addZones(
  { plan, spaces, hasDrawnZones, indexOf }: FloorLayout,
  members: readonly Person[],
  [x, y]: Point,
  adds: number[],
): void {
  if (members.length === 1 || spaces[0]!.isSum) {
    for (const member of members) {
      if (hasDrawnZones) for (const zone of plan.zonesAt(member.x, member.y)) adds.push(indexOf(zone), 1);
      for (const zone of member.sensor.zones) adds.push(zone, 1);
    }
    return;
  }
  if (hasDrawnZones) for (const zone of plan.zonesAt(x, y)) adds.push(indexOf(zone), 1);
  for (const zone of new Set(members.flatMap(({ sensor }) => sensor.zones))) adds.push(zone, 1);
}

/** The mean, weighted by how far inside its sensor's footprint each one stands [domain.md §2.3]. */
export function middle(members: readonly Person[]): Point {
  let [sum, x, y] = [0, 0, 0];
  for (const member of members) {
    const weight = depth(member);
    sum += weight;
    x += weight * member.x;
    y += weight * member.y;
  }
  return [x / sum, y / sum];
}

/** Of those that belong to a room. */
function deepest(members: readonly Person[]): Person {
  const own = members.filter(({ sensor }) => sensor.room >= 0);
  return own.reduce((best, each) => (depth(each) > depth(best) ? each : best));
}

/** Metres to the nearest edge of the footprint, never quite 0: sensors see somewhat beyond it. */
function depth({ sensor: { footprint }, x, y }: Person): number {
  const radians = (footprint.orientation * Math.PI) / 180;
  const [dx, dy] = [x - footprint.centre[0], y - footprint.centre[1]];
  const right = Math.abs(dx * Math.cos(radians) + dy * Math.sin(radians));
  const up = Math.abs(dy * Math.cos(radians) - dx * Math.sin(radians));
  return Math.max(0.01, Math.min(footprint.size[0] / 2 - right, footprint.size[1] / 2 - up));
}
