// Who is seen on a floor right now: the latest frames of its sensors, people who are seen twice merged, and the count of every
// space. A new frame costs what its own people and those near them cost. What stands here is a function of the frames shown,
// whatever came before.

import type { Room } from "../../building/building.ts";
import type { Point } from "../../model/fact.ts";
import type { FloorLayout, LaidSensor } from "./floor-layout.ts";
import { gateMetres, group, type Person } from "./merge.ts";

export interface FloorView {
  /** The sensor sees these people now; none: nobody. Metres on the floor, masked ones left out. */
  show(sensor: number, points: readonly Point[]): void;
  /** Nothing is known of this sensor any more. */
  hide(sensor: number): void;
  /** People in the space; it says nothing where `heard` is 0. */
  count(space: number): number;
  /** How many of its sensors are shown. */
  heard(space: number): number;
  /** Whether the sensor is shown. */
  isShown(sensor: number): boolean;
  /** Spaces for which a sensor spoke, or whose count changed, since the last call. */
  touched(): readonly number[];
  /** People as they count, for explanations: the sensors that see each, and where. */
  people(): readonly SeenPerson[];
}

export interface SeenPerson {
  readonly at: Point;
  /** Indexes of the sensors; several: merged. */
  readonly sensors: readonly number[];
}

const nobody: readonly Person[] = [];

export function createFloorView(layout: FloorLayout): FloorView {
  const frames: (readonly Person[] | null)[] = layout.sensors.map(() => null);
  const counts = new Int32Array(layout.spaces.length);
  const heard = new Int32Array(layout.spaces.length);
  const isTouched = new Uint8Array(layout.spaces.length);
  let touched: number[] = [];

  const touch = (space: number): void => {
    if (isTouched[space] === 1) return;
    isTouched[space] = 1;
    touched.push(space);
  };

  /** `adds`: pairs of a space and how much the group adds to it. */
  function apply(adds: readonly number[], sign: 1 | -1): void {
    for (let i = 0; i < adds.length; i += 2) {
      counts[adds[i]!]! += sign * adds[i + 1]!;
      touch(adds[i]!);
    }
  }

  function replace(sensor: LaidSensor, next: readonly Person[]): void {
    const before = frames[sensor.index] ?? nobody;
    frames[sensor.index] = next;
    if (sensor.overlapping.length === 0) {
      for (const person of before) apply(person.adds, -1);
      for (const person of next) apply((person.adds = addsOf(layout, [person])), 1);
      return;
    }
    const affected = new Set<Person>();
    for (const person of before) reach(person, affected);
    for (const person of affected) if (person.leads) apply(person.adds, -1);
    for (const person of before) {
      affected.delete(person);
      for (const other of person.near) other.near.splice(other.near.indexOf(person), 1);
    }
    const fresh = new Set<Person>(next);
    for (const person of next) link(person, sensor);
    for (const person of next) {
      for (const other of person.near) {
        if (affected.has(other) || fresh.has(other)) continue;
        const joined = new Set<Person>();
        reach(other, joined);
        for (const each of joined) {
          if (fresh.has(each) || affected.has(each)) continue;
          if (each.leads) apply(each.adds, -1);
          affected.add(each);
        }
      }
    }
    for (const person of next) affected.add(person);
    for (const members of group(affected)) {
      const [lead] = members;
      for (const member of members) member.leads = false;
      lead!.leads = true;
      lead!.group = members;
      apply((lead!.adds = addsOf(layout, members)), 1);
    }
  }

  function link(person: Person, sensor: LaidSensor): void {
    for (const neighbour of sensor.overlapping) {
      for (const other of frames[neighbour] ?? nobody) {
        if ((other.x - person.x) ** 2 + (other.y - person.y) ** 2 > gateMetres ** 2) continue;
        person.near.push(other);
        other.near.push(person);
      }
    }
  }

  return {
    show(index, points) {
      const sensor = layout.sensors[index]!;
      if (frames[index] === null) for (const space of sensor.speaksFor) heard[space]!++;
      for (const space of sensor.speaksFor) touch(space);
      replace(sensor, points.length === 0 ? nobody : points.map(([x, y]) => personAt(sensor, x, y)));
    },
    hide(index) {
      if (frames[index] === null) return;
      const sensor = layout.sensors[index]!;
      replace(sensor, nobody);
      frames[index] = null;
      for (const space of sensor.speaksFor) {
        heard[space]!--;
        touch(space);
      }
    },
    count: (space) => counts[space]!,
    heard: (space) => heard[space]!,
    isShown: (sensor) => frames[sensor] !== null,
    touched() {
      const all = touched;
      touched = [];
      for (const space of all) isTouched[space] = 0;
      return all;
    },
    people: () =>
      frames.flatMap((people) =>
        (people ?? []).flatMap((person) =>
          person.leads ? [{ at: middle(person.group), sensors: person.group.map(({ sensor }) => sensor.index) }] : [],
        ),
      ),
  };
}

function personAt(sensor: LaidSensor, x: number, y: number): Person {
  const person: Person = { sensor, x, y, near: [], adds: [], leads: true, group: [] };
  person.group = [person];
  return person;
}

/** This person and everybody who may be the same one, through others too. */
function reach(person: Person, into: Set<Person>): void {
  // A set that grows is walked to its end: a crowd would be too deep for a recursion.
  const found = new Set([person]);
  for (const each of found) for (const other of each.near) if (!into.has(other)) found.add(other);
  for (const each of found) into.add(each);
}

/** What somebody, seen by one sensor or several, adds to the spaces of the floor. A sensor of a room counts for that room with
 * everybody it sees, also beyond the outline; where sensors of several rooms see one person, or one of no room, the place
 * decides. */
function addsOf(
  { plan, spaces, hasDrawnRooms, hasDrawnZones, indexOf }: FloorLayout,
  members: readonly Person[],
): number[] {
  const adds: number[] = [];
  const only = members.length === 1;
  const [x, y] = only ? [members[0]!.x, members[0]!.y] : middle(members);
  const isSum = spaces[0]!.isSum;
  adds.push(0, isSum ? members.length : 1);

  let room = members[0]!.sensor.room;
  let isOneRoom = room >= 0;
  for (const { sensor } of members) if (sensor.room !== room) isOneRoom = false;
  if (isOneRoom) adds.push(room, spaces[room]!.isSum ? members.length : 1);
  else {
    const drawn: readonly Room[] = hasDrawnRooms ? plan.roomsAt(x, y) : [];
    const own = new Set(members.map(({ sensor }) => sensor.room).filter((each) => each >= 0));
    if (own.size === 0) for (const each of drawn) adds.push(indexOf(each), 1);
    else {
      room = drawn.map(indexOf).find((each) => own.has(each)) ?? deepest(members).sensor.room;
      for (const each of own) {
        if (spaces[each]!.isSum) adds.push(each, members.filter(({ sensor }) => sensor.room === each).length);
        else if (each === room) adds.push(each, 1);
      }
    }
  }

  if (hasDrawnZones) {
    if (!isSum || only) for (const zone of plan.zonesAt(x, y)) adds.push(indexOf(zone), 1);
    else for (const member of members) for (const zone of plan.zonesAt(member.x, member.y)) adds.push(indexOf(zone), 1);
  }
  if (only || isSum) for (const { sensor } of members) for (const zone of sensor.zones) adds.push(zone, 1);
  else for (const zone of new Set(members.flatMap(({ sensor }) => sensor.zones))) adds.push(zone, 1);
  return adds;
}

/** The mean, weighted by how far inside its sensor's footprint each one stands [domain.md §2.3]. */
function middle(members: readonly Person[]): Point {
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
