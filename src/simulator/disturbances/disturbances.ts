// What goes wrong between people and server, each of it a stage of its own with its own chance from the seed: switching one on
// or off leaves the draws of the others alone. A stage takes observations in order of sending and gives them in that order. How
// far sensors see the same people is a matter of the building: BuildingOptions.overlap.

import type { SentObservation, SimulatedObservation } from "../observation.ts";
import type { SimulatedDay } from "../people.ts";
import type { SimulatedPlace } from "../place.ts";
import { createSeededRandom, type SeededRandom } from "../random.ts";
import { type ClockOptions, clocksOf, wrongClocks } from "./clocks.ts";
import { type OutageOptions, outages, outagesOf } from "./outages.ts";
import { duplicates, lateness, type LatenessOptions } from "./sending.ts";
import { inventions, misses, noise } from "./sight.ts";

/** Shares are from 0 to 1; null and 0 switch a stage off. */
export interface Disturbances {
  /** Of the people in a frame, those whom the sensor misses. */
  readonly misses: number;
  /** Of the frames, those in which the sensor sees somebody who is not there. */
  readonly inventions: number;
  /** How far from where they are people are seen, metres: at least, at most. Never beyond what the sensor sees. */
  readonly noise: readonly [least: number, most: number] | null;
  readonly clocks: ClockOptions | null;
  readonly outages: OutageOptions | null;
  readonly lateness: LatenessOptions | null;
  /** Of the observations, those that are sent twice. */
  readonly duplicates: number;
}

export const undisturbed: Disturbances = {
  misses: 0,
  inventions: 0,
  noise: null,
  clocks: null,
  outages: null,
  lateness: null,
  duplicates: 0,
};

/** As in the field, or somewhat worse [domain.md §2.4, §2.6]. */
export const usualDisturbances: Disturbances = {
  misses: 0.1,
  inventions: 0.02,
  noise: [0.2, 0.6],
  clocks: { share: 0.3, mostMs: 5_000, wrong: 1 },
  outages: { share: 0.1, leastMs: 2 * 60_000, mostMs: 15 * 60_000, backlog: 0.5 },
  lateness: { share: 0.2, mostMs: 4 * 60_000 },
  duplicates: 0.05,
};

export type Stage = (sent: Iterable<SentObservation>) => Iterable<SentObservation>;

/** `observations`: in order of time; without disturbances each is sent at its moment. */
export function disturb(
  seed: number,
  place: SimulatedPlace,
  day: SimulatedDay,
  observations: Iterable<SimulatedObservation>,
  disturbances: Disturbances,
): Iterable<SentObservation> {
  let sent: Iterable<SentObservation> = atOnce(observations);
  for (const stage of stagesOf(seed, place, day, disturbances)) sent = stage(sent);
  return sent;
}

function* stagesOf(
  seed: number,
  place: SimulatedPlace,
  day: SimulatedDay,
  { misses: missed, inventions: invented, noise: metres, ...after }: Disturbances,
): Generator<Stage> {
  const chance = (stage: string): SeededRandom => createSeededRandom(`${stage} ${seed} ${day.from}`);
  if (missed > 0) yield misses(missed, chance("misses"));
  if (metres !== null) yield noise(metres, place, chance("noise"));
  if (invented > 0) yield inventions(invented, place, chance("inventions"));
  if (after.clocks !== null) yield wrongClocks(clocksOf(seed, place, after.clocks), day.from);
  if (after.outages !== null) yield outages(outagesOf(seed, place, day, after.outages), place);
  if (after.lateness !== null) yield lateness(after.lateness, chance("lateness"));
  if (after.duplicates > 0) yield duplicates(after.duplicates, chance("duplicates"));
}

function* atOnce(observations: Iterable<SimulatedObservation>): Generator<SentObservation> {
  for (const observation of observations) yield { observation, sentAt: observation.at };
}
