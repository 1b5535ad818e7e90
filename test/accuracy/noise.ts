// Simulated sensors: what one would count of people who are truly there, frame by frame. Each model of noise is seeded, so
// that every estimator is judged on the same frames.

import type { SeededRandom } from "../../src/simulator/random.ts";

export interface Noise {
  /** Chance that a frame misses a person, for each person. */
  readonly misses: number;
  /** Chance that a frame shows somebody who is not there. */
  readonly inventions: number;
  /** Frames for which a miss and an invention last on average; 1: each frame errs for itself. */
  readonly lasting?: { readonly misses: number; readonly inventions: number };
}

/** What the sensor counts in successive frames. */
export function counted(truth: readonly number[], noise: Noise, random: SeededRandom): number[] {
  const { misses, inventions, lasting = { misses: 1, inventions: 1 } } = noise;
  const missed: (() => boolean)[] = [];
  const invented = errors(inventions, lasting.inventions, random);
  return truth.map((people) => {
    while (missed.length < people) missed.push(errors(misses, lasting.misses, random));
    const seen = missed.filter((misses_, person) => !misses_() && person < people).length;
    return seen + (invented() ? 1 : 0);
  });
}

/** Whether a frame errs: `rate` of all frames, in runs of `length` on average. */
function errors(rate: number, length: number, random: SeededRandom): () => boolean {
  if (length <= 1) return () => random.chance(rate);
  const begins = rate / (1 - rate) / length;
  let errs = random.chance(rate);
  return () => {
    const now = errs;
    errs = errs ? !random.chance(1 / length) : random.chance(begins);
    return now;
  };
}
