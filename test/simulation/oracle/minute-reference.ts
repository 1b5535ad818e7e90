// A minute of a floor worked out in the plainest way: at each quarter of a second in which something was heard, all frames that
// still hold are laid on the floor, and everybody is counted anew. Only the vote on the samples is the source's own.

import { minuteMs } from "../../../src/model/minute.ts";
import { minuteValue } from "../../../src/sensing/minutes/estimator.ts";
import { desk, type Eye, lounge, sumFloor } from "../sensing/hall.ts";

export interface SeenFrame {
  readonly sensor: string;
  /** Never later than its acceptance. */
  readonly at: number;
  readonly world: readonly (readonly [x: number, y: number])[];
}

/** For so long a frame speaks, ms. */
const holdMs = 3_000;
const slotMs = 250;
const gate = 0.9;

/** `frames`: in order of acceptance, those of 10 s around the minute. By space; spaces that are not in it have no value. */
export function minuteReference(
  frames: readonly SeenFrame[],
  eyes: readonly Eye[],
  minute: number,
): ReadonlyMap<string, number> {
  const eyeOf = new Map(eyes.map((eye) => [eye.id, eye]));
  const ofSensor = new Map<string, SeenFrame[]>();
  for (const frame of frames) {
    if (!eyeOf.has(frame.sensor)) continue;
    const others = (ofSensor.get(frame.sensor) ?? []).filter(({ at }) => at !== frame.at);
    ofSensor.set(
      frame.sensor,
      [...others, frame].toSorted((a, b) => a.at - b.at),
    );
  }
  // A sensor is heard when a frame comes, and when its last one holds no longer.
  const moments: { readonly slot: number; readonly eye: Eye }[] = [];
  for (const [sensor, own] of ofSensor) {
    const eye = eyeOf.get(sensor)!;
    for (const [index, { at }] of own.entries()) {
      moments.push({ slot: slotOf(at), eye });
      if (!((own[index + 1]?.at ?? Infinity) < at + holdMs)) moments.push({ slot: slotOf(at + holdMs), eye });
    }
  }
  const bySlot = [...Map.groupBy(moments, ({ slot }) => slot)].toSorted(([a], [b]) => a - b);
  const samples = new Map<string, { at: number[]; count: number[] }>();
  const until = minute + minuteMs + 5_000;
  for (const [slot, heard] of bySlot) {
    if (slot >= until) break;
    const shown = [...ofSensor.values()].flatMap((own) => own.findLast(({ at }) => at < slot + slotMs) ?? []);
    const holding = shown.filter(({ at }) => slotOf(at + holdMs) > slot);
    for (const space of new Set(heard.flatMap(({ eye }) => eye.speaksFor))) {
      const of = samples.get(space) ?? { at: [], count: [] };
      samples.set(space, of);
      of.at.push(slot);
      of.count.push(countIn(space, holding, eyeOf));
    }
  }
  const values = new Map<string, number>();
  for (const [space, { at, count }] of samples) {
    const value = minuteValue({ at, count, until }, minute);
    if (value !== null) values.set(space, value.value);
  }
  return values;
}

const slotOf = (at: number): number => at - (at % slotMs);

/** -1: none of its sensors is heard. */
export function countIn(space: string, frames: readonly SeenFrame[], eyeOf: ReadonlyMap<string, Eye>): number {
  if (!frames.some(({ sensor }) => eyeOf.get(sensor)!.speaksFor.includes(space))) return -1;
  const people = frames.flatMap(({ sensor, world }) =>
    world.map(([x, y]): Seen => ({ eye: eyeOf.get(sensor)!, x, y })),
  );
  const isSum = frames.some(({ sensor }) => eyeOf.get(sensor)!.floor === sumFloor);
  const groups = isSum ? people.map((person) => [person]) : merged(people);
  return groups.filter((members) => isIn(space, members)).length;
}

interface Seen {
  readonly eye: Eye;
  readonly x: number;
  readonly y: number;
}

function isIn(space: string, members: readonly Seen[]): boolean {
  const [{ eye, x, y }] = members as [Seen];
  if (space.startsWith("floor:")) return true;
  if (space === `room:${lounge.id}`) return eye.room === null && x >= lounge.from && x < lounge.until;
  // Nobody stands near the edge of the desk: any of those who see somebody can tell.
  if (space === `zone:${desk.id}`) return eye.floor !== sumFloor && x < desk.until && y < desk.until;
  return space === `room:${eye.room}`;
}

/** Never two of one sensor, the nearest first. Here no more than two sensors see the same people. */
function merged(people: readonly Seen[]): readonly (readonly Seen[])[] {
  const pairs = people.flatMap((one, index) =>
    people
      .slice(index + 1)
      .filter((other) => one.eye.overlapping.includes(other.eye.id))
      .map((other) => ({ one, other, distance: Math.hypot(one.x - other.x, one.y - other.y) }))
      .filter(({ distance }) => distance <= gate),
  );
  const joined = new Map<Seen, Seen>();
  for (const { one, other } of pairs.toSorted((a, b) => a.distance - b.distance)) {
    if (joined.has(one) || joined.has(other)) continue;
    joined.set(one, other);
    joined.set(other, one);
  }
  const first = (person: Seen): boolean =>
    !joined.has(person) || people.indexOf(person) < people.indexOf(joined.get(person)!);
  return people.filter(first).map((person) => [person, ...(joined.has(person) ? [joined.get(person)!] : [])]);
}
