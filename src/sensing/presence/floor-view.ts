// Who is seen on a floor right now: the latest frames of its sensors, people who are seen twice merged, and the count of every
// space. A new frame costs what its own people and those near them cost. What stands here is a function of the frames shown,
// whatever came before.

import type { Point } from "../../model/fact.ts";
import type { FloorLayout, LaidSensor } from "./floor-layout.ts";
import { gateMetres, group, type Person } from "./merge.ts";
import { addsOf, middle } from "./placing.ts";

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
  /** What the person adds to which spaces: pairs of a space and a number. */
  readonly adds: readonly number[];
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
        (people ?? nobody)
          .filter(({ leads }) => leads)
          .map(({ group: members, adds }) => ({
            at: middle(members),
            sensors: members.map(({ sensor }) => sensor.index),
            adds,
          })),
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
