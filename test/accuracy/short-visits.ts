// Short visits: one person comes into an empty room for some seconds, at any moment of a minute, and is seen by a sensor
// that errs. How often does a minute show it?

import type { Samples } from "../../src/sensing/minutes/estimator.ts";
import { createSeededRandom } from "../../src/simulator/random.ts";
import type { Estimator } from "./estimators.ts";
import { counted, type Noise } from "./noise.ts";

export interface Shown {
  /** Shares of visits that at least one minute shows in its value, and in its max. */
  readonly value: number;
  readonly max: number;
  /** Share of minutes in which nobody came whose max shows somebody. */
  readonly nobody: number;
}

const minutes = [0, 60_000, 120_000, 180_000];
const visits = 1_000;

/** Visits begin in the second of four minutes; the last is empty. */
export function shown(estimator: Estimator, seconds: number, framesPerSecond: number, noise: Noise): Shown {
  const random = createSeededRandom(`visits of ${seconds} s at ${framesPerSecond}`);
  const step = 1000 / framesPerSecond;
  let [value, max, nobody] = [0, 0, 0];
  for (let visit = 0; visit < visits; visit++) {
    const begin = random.between(60_000, 120_000);
    const phase = random.between(0, step);
    const at = Array.from({ length: 240 * framesPerSecond }, (_, i) => Math.floor(phase + i * step));
    const people = at.map((moment) => (moment >= begin && moment < begin + seconds * 1000 ? 1 : 0));
    const samples: Samples = { at, count: counted(people, noise, random), until: 240_000 };
    const estimates = estimator.minutes(samples, minutes);
    const visited = estimates.slice(1, 3);
    if (visited.some((each) => each.value > 0)) value++;
    if (visited.some((each) => each.max > 0)) max++;
    if (estimates[3]!.max > 0) nobody++;
  }
  return { value: value / visits, max: max / visits, nobody: nobody / visits };
}
