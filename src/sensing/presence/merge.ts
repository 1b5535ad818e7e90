// Who is the same person in the frames of several sensors: one-to-one, the nearest first, never two of one sensor
// [domain.md §2.3]. A function of the people given, whatever their order.

import type { LaidSensor } from "./floor-layout.ts";

/** Two sensors may place one person so far apart, metres: each is right to 0.61 m. */
export const gateMetres = 0.9;

/** One person in the frame of one sensor. */
export interface Person {
  readonly sensor: LaidSensor;
  readonly x: number;
  readonly y: number;
  /** People of other sensors, with overlapping footprints, within the gate. */
  readonly near: Person[];
  /** Of the one who stands for a group: what the group adds to which spaces, in pairs. */
  adds: readonly number[];
  /** Whether this one stands for its group. */
  leads: boolean;
  group: readonly Person[];
}

/** `people` holds, with anybody, all who are near. */
export function group(people: ReadonlySet<Person>): readonly (readonly Person[])[] {
  const groups: (readonly Person[])[] = [];
  const pairs: Pair[] = [];
  for (const person of people) {
    if (person.near.length === 0) groups.push([person]);
    for (const other of person.near) if (precedes(person, other)) pairs.push(pairOf(person, other));
  }
  if (pairs.length === 0) return groups;
  pairs.sort(byDistance);
  const groupOf = new Map<Person, Person[]>();
  for (const person of people) if (person.near.length > 0) groupOf.set(person, [person]);
  for (const { a, b } of pairs) {
    const [one, other] = [groupOf.get(a)!, groupOf.get(b)!];
    if (one === other || sharesSensor(one, other)) continue;
    one.push(...other);
    for (const member of other) groupOf.set(member, one);
  }
  for (const members of new Set(groupOf.values())) groups.push(members.toSorted(inOrder));
  return groups;
}

interface Pair {
  readonly a: Person;
  readonly b: Person;
  readonly distance: number;
}

const pairOf = (a: Person, b: Person): Pair => ({ a, b, distance: (a.x - b.x) ** 2 + (a.y - b.y) ** 2 });

/** Ties by sensor, then by place, so that no order of arrival decides. */
const byDistance = (one: Pair, other: Pair): number =>
  one.distance - other.distance || inOrder(one.a, other.a) || inOrder(one.b, other.b);

const inOrder = (one: Person, other: Person): number =>
  compare(one.sensor.sensor.id, other.sensor.sensor.id) || one.x - other.x || one.y - other.y;

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

const precedes = (one: Person, other: Person): boolean => compare(one.sensor.sensor.id, other.sensor.sensor.id) < 0;

const sharesSensor = (one: readonly Person[], other: readonly Person[]): boolean =>
  one.some(({ sensor }) => other.some((each) => each.sensor === sensor));
