// Who was where in the simulated building, exactly, at every whole millisecond of one day: the measure of everything that is
// concluded from what its sensors said.

import type { Point } from "../model/fact.ts";
import { passingsAt } from "./counters.ts";
import type { AccessReading } from "./observation.ts";
import type { SimulatedDay } from "./people.ts";
import type { PresenceEye, SimulatedPlace, Space } from "./place.ts";
import { type Box, within } from "./plan.ts";
import { type Leg, pointAt, staysPut } from "./track.ts";

const minuteMs = 60_000;

export interface TrueMinute {
  /** The count that held for the longest time; of two the smaller. */
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

export interface Crossing {
  readonly at: number;
  readonly inward: boolean;
}

export interface Truth {
  readonly from: number;
  readonly to: number;
  readonly spaces: readonly Space[];
  /** People in a floor, room or zone. Times are epoch ms; before and after the day nobody is anywhere. */
  count(space: string, at: number): number;
  /** Of the minute that begins at `minute`. */
  minute(space: string, minute: number): TrueMinute;
  /** When there was somebody: spans from `from` until before `to`, in order. */
  occupied(space: string): readonly { readonly from: number; readonly to: number }[];
  /** Who passed the door or the line of a sensor, in order of time. */
  crossings(sensor: string): readonly Crossing[];
  /** Sensors that count, at doors and at lines. */
  readonly counting: readonly string[];
  /** Who opened which door, in order of time. */
  readonly entries: readonly AccessReading[];
}

/** How many people from each time on, in order of time. */
interface Steps {
  readonly at: readonly number[];
  readonly count: readonly number[];
}

export function truthOf(place: SimulatedPlace, day: SimulatedDay): Truth {
  const steps = new Map(place.spaces.map((space) => [space.id, stepsOf(space, day)]));
  const crossings = new Map<string, readonly Crossing[]>([
    ...place.counters.map((counter) => [counter.sensor, passingsAt(counter, day)] as const),
    ...place.presence.flatMap((eye) =>
      eye.line === null ? [] : [[eye.sensor, crossingsOf(eye, eye.line, day)] as const],
    ),
  ]);
  const of = (space: string): Steps => {
    const found = steps.get(space);
    if (found === undefined) throw new RangeError(`The simulated building has no space ${space}.`);
    return found;
  };
  return {
    from: day.from,
    to: day.to,
    spaces: place.spaces,
    count: (space, at) => countAt(of(space), at),
    minute: (space, minute) => minuteOf(of(space), minute),
    occupied: (space) => occupiedSpans(of(space)),
    crossings: (sensor) => crossings.get(sensor) ?? [],
    counting: [...crossings.keys()],
    entries: day.panels.filter((reading) => reading.kind === "access"),
  };
}

function stepsOf(space: Space, day: SimulatedDay): Steps {
  const changes = new Map<number, number>();
  const change = (at: number, by: number): void => void changes.set(at, (changes.get(at) ?? 0) + by);
  for (const { legs } of day.tracks) {
    for (const leg of legs) {
      const span = leg.level === space.level ? spanWithin(leg, space.box) : null;
      if (span === null) continue;
      change(span.from, 1);
      change(span.to, -1);
    }
  }
  const at: number[] = [];
  const count: number[] = [];
  for (const [time, by] of [...changes].toSorted(([a], [b]) => a - b)) {
    if (by === 0) continue;
    at.push(time);
    count.push((count.at(-1) ?? 0) + by);
  }
  return { at, count };
}

/** The part of a leg that lies in the box: a way in a straight line enters and leaves it once. */
function spanWithin(leg: Leg, box: Box): { from: number; to: number } | null {
  const inside = (at: number): boolean => within(box, pointAt(leg, at));
  if (staysPut(leg)) return inside(leg.from) ? { from: leg.from, to: leg.to } : null;
  const clipped = clip(leg, box);
  if (clipped === null) return null;
  let from = Math.ceil(clipped.from);
  let to = Math.ceil(clipped.to);
  // Sensors tell whole millimetres and edges belong to one side only, so the clipped span may be off by a few ms.
  while (from > leg.from && inside(from - 1)) from--;
  while (from < to && !inside(from)) from++;
  while (to > from && !inside(to - 1)) to--;
  while (to < leg.to && inside(to)) to++;
  return from < to ? { from, to } : null;
}

/** Liang and Barsky's clipping, a millimetre around the box. */
function clip({ from, to, start, end }: Leg, box: Box): { from: number; to: number } | null {
  let [first, last] = [0, 1];
  const axes = [
    { begin: start[0], by: end[0] - start[0], low: box.x0 - 0.001, high: box.x1 + 0.001 },
    { begin: start[1], by: end[1] - start[1], low: box.y0 - 0.001, high: box.y1 + 0.001 },
  ];
  for (const { begin, by, low, high } of axes) {
    if (by === 0) {
      if (begin < low || begin > high) return null;
      continue;
    }
    const [one, other] = [(low - begin) / by, (high - begin) / by];
    first = Math.max(first, Math.min(one, other));
    last = Math.min(last, Math.max(one, other));
  }
  return first > last ? null : { from: from + first * (to - from), to: from + last * (to - from) };
}

function crossingsOf(eye: PresenceEye, [a, b]: readonly [Point, Point], day: SimulatedDay): readonly Crossing[] {
  const crossings: Crossing[] = [];
  for (const leg of day.tracks.flatMap(({ legs }) => legs)) {
    if (leg.level !== eye.level) continue;
    const [before, after] = [sideOf(a, b, leg.start), sideOf(a, b, leg.end)];
    if (before > 0 === after > 0) continue;
    const share = before / (before - after);
    const at = leg.from + share * (leg.to - leg.from);
    const [along, length] = [alongLine(a, b, pointAt(leg, at)), Math.hypot(b[0] - a[0], b[1] - a[1])];
    if (along >= 0 && along <= length) crossings.push({ at: firstBeyond(leg, [a, b], at), inward: after > 0 });
  }
  return crossings.toSorted((one, other) => one.at - other.at);
}

/** The first whole ms on the other side of the line: people stand on whole millimetres, so some time after they met it, `at`. */
function firstBeyond(leg: Leg, [a, b]: readonly [Point, Point], at: number): number {
  const isLeft = sideOf(a, b, leg.end) > 0;
  let time = Math.floor(at) - 1;
  while (sideOf(a, b, pointAt(leg, time)) > 0 !== isLeft) time++;
  return time;
}

/** Above 0: left of the line, seen from its first point to its second. */
function sideOf(a: Point, b: Point, [x, y]: Point): number {
  return (b[0] - a[0]) * (y - a[1]) - (x - a[0]) * (b[1] - a[1]);
}

/** Metres from the first point of the line, in its direction. */
function alongLine(a: Point, b: Point, [x, y]: Point): number {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  return ((x - a[0]) * dx + (y - a[1]) * dy) / Math.hypot(dx, dy);
}

/** The index of the last step that begins at `at` or before, or -1. */
function stepAt({ at: times }: Steps, at: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const countAt = (steps: Steps, at: number): number => steps.count[stepAt(steps, at)] ?? 0;

function minuteOf(steps: Steps, minute: number): TrueMinute {
  const end = minute + minuteMs;
  const held = new Map<number, number>();
  let from = minute;
  for (let index = stepAt(steps, minute); from < end; index++) {
    const to = Math.min(steps.at[index + 1] ?? end, end);
    const count = steps.count[index] ?? 0;
    held.set(count, (held.get(count) ?? 0) + to - from);
    from = to;
  }
  const counts = [...held.keys()].toSorted((a, b) => a - b);
  const longest = Math.max(...held.values());
  return {
    value: counts.find((count) => held.get(count) === longest)!,
    min: counts[0]!,
    max: counts.at(-1)!,
    mean: counts.reduce((sum, count) => sum + count * held.get(count)!, 0) / minuteMs,
  };
}

function occupiedSpans({ at, count }: Steps): readonly { readonly from: number; readonly to: number }[] {
  const spans: { from: number; to: number }[] = [];
  let from: number | null = null;
  for (const [index, time] of at.entries()) {
    if (count[index]! > 0) from ??= time;
    else if (from !== null) {
      spans.push({ from, to: time });
      from = null;
    }
  }
  return spans;
}
