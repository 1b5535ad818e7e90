// What the sensors of the simulated building say of its people, in order of time, each of them right and at once. Whatever
// makes it worse is disturbances.ts. Motion alone is as it is in the field: a motion sensor misses people who sit still.

import { createCounters, traffic, type Totals } from "./counters.ts";
import { frameMs, frames } from "./frames.ts";
import type { HeartbeatReading, MotionReading, SimulatedObservation } from "./observation.ts";
import type { SimulatedDay } from "./people.ts";
import { seeing, type SimulatedPlace } from "./place.ts";
import { createSeededRandom } from "./random.ts";
import { createFollower } from "./track.ts";

const sampleMs = 30_000;
const heartbeatMs = 60_000;
/** In how many of its samples a motion sensor sees somebody, by the number of people there; the last for more of them as
 * well [domain.md §2.5]. */
const motionShares = [0.003, 0.35, 0.64, 0.77];

export interface SenseOptions {
  /** What the counters at doors have counted before; it goes on with them. Default: they begin here. */
  readonly totals?: Totals;
  /** How often presence sensors say that nobody is there, a multiple of 2,000, the default. Seldom: rooms become unknown. */
  readonly emptyFrameMs?: number;
}

export function* sense(
  seed: number,
  place: SimulatedPlace,
  day: SimulatedDay,
  { totals = createCounters(seed, place), emptyFrameMs = frameMs }: SenseOptions = {},
): Generator<SimulatedObservation> {
  // Of one moment: doors and panels before frames.
  yield* inOrderOfTime<SimulatedObservation>([
    day.panels,
    traffic(seed, place, day, totals),
    frames(place, day, emptyFrameMs),
    motion(seed, place, day),
    heartbeats(place, day),
  ]);
}

function* motion(seed: number, place: SimulatedPlace, day: SimulatedDay): Generator<MotionReading> {
  const random = createSeededRandom(`motion ${seed} ${day.from}`);
  const followers = day.tracks.map(createFollower);
  for (let at = day.from; at <= day.to; at += sampleMs) {
    const people = new Map<string, number>();
    for (const follow of followers) {
      const here = follow(at);
      if (here === null) continue;
      for (const { sensor } of seeing(place.motion, here.level, here.point))
        people.set(sensor, (people.get(sensor) ?? 0) + 1);
    }
    for (const [index, { sensor }] of place.motion.entries()) {
      const share = motionShares[people.get(sensor) ?? 0] ?? motionShares.at(-1)!;
      yield { id: `sim-${at}-m${index}`, kind: "motion", sensor, at, motion: random.chance(share) };
    }
  }
}

function* heartbeats(place: SimulatedPlace, day: SimulatedDay): Generator<HeartbeatReading> {
  const hives = [...new Set(place.hiveOf.values())];
  for (let at = day.from; at <= day.to; at += heartbeatMs) {
    for (const [index, sensor] of [...place.hiveOf.keys()].entries())
      yield { id: `sim-${at}-h${index}`, kind: "heartbeat", at, sensor };
    for (const [index, hive] of hives.entries()) yield { id: `sim-${at}-g${index}`, kind: "heartbeat", at, hive };
  }
}

/** Several sequences in order of time as one; of one moment, the earlier sequence comes first. */
function* inOrderOfTime<Item extends { readonly at: number }>(sequences: readonly Iterable<Item>[]): Generator<Item> {
  const heads = sequences.map((sequence) => {
    const iterator = sequence[Symbol.iterator]();
    return { iterator, next: iterator.next() };
  });
  for (;;) {
    let earliest: (typeof heads)[number] | undefined;
    for (const head of heads)
      if (!head.next.done && (earliest === undefined || head.next.value.at < (earliest.next.value as Item).at))
        earliest = head;
    if (earliest === undefined) return;
    yield earliest.next.value as Item;
    earliest.next = earliest.iterator.next();
  }
}
