// What docs/accuracy.md says about minutes: estimators beside each other, and the program's own under other noise, at other
// frame rates and on short visits.

import {
  belfry,
  type Estimate,
  type Estimator,
  medianOfCounts,
  others,
  runningMedian5,
  runningMedian11,
} from "./estimators.ts";
import type { Noise } from "./noise.ts";
import { shown } from "./short-visits.ts";
import { minuteValue } from "../../src/sensing/minutes/estimator.ts";
import { createSeededRandom } from "../../src/simulator/random.ts";
import { counted } from "./noise.ts";
import { percent, table } from "./table.ts";
import { atRate, type Batch, score } from "./thermo-minutes.ts";

/** The noise of domain practice: of ten sightings one is missed, of fifty frames one shows somebody who is not there. */
export const usualNoise: Noise = { misses: 0.1, inventions: 0.02 };

const noises: readonly (readonly [string, Noise])[] = [
  ["none", { misses: 0, inventions: 0 }],
  ["10 % misses, 2 % inventions", usualNoise],
  ["the same in runs of 4 and 2 frames", { ...usualNoise, lasting: { misses: 4, inventions: 2 } }],
  ["2 % misses, 10 % inventions", { misses: 0.02, inventions: 0.1 }],
  ["20 % misses, 2 % inventions", { misses: 0.2, inventions: 0.02 }],
];

export function estimatorTable(batches: readonly Batch[], seeds: number): string {
  const rows = [...others, belfry].map((estimator) => {
    const { changing, all, error, rooms, worstSeed, wrongMax, wrongMin } = score(estimator, batches, usualNoise, seeds);
    const shares = [changing, all, rooms["A"]!, rooms["B"]!, worstSeed, wrongMax, wrongMin].map(percent);
    return [estimator.name, ...shares.slice(0, 2), error.toFixed(3), ...shares.slice(2)];
  });
  return table(
    ["estimator", "changing", "all", "error", "room A", "room B", "worst seed", "max wrong", "min wrong"],
    rows,
  );
}

const compared: readonly Estimator[] = [medianOfCounts, runningMedian5, runningMedian11, belfry];

export function noiseTable(batches: readonly Batch[], seeds: number): string {
  const rows = noises.map(([name, noise]) => [
    name,
    ...compared.map((estimator) => {
      const { changing, all } = score(estimator, batches, noise, seeds);
      return `${percent(changing)} / ${percent(all)}`;
    }),
  ]);
  return table(["noise", "median", "running median of 5", "running median of 11", "Belfry"], rows);
}

export function rateTable(batches: readonly Batch[], seeds: number): string {
  const rows = [0.5, 0.75, 1, 2, 3, 4].map((rate) => {
    const seen = batches.map((batch) => atRate(batch, rate));
    const plain = score(medianOfCounts, seen, usualNoise, seeds, batches);
    const own = score(belfry, seen, usualNoise, seeds, batches);
    const shares = [plain.changing, plain.all, own.changing, own.all].map(percent);
    return [`${rate}`, ...shares, own.error.toFixed(3), percent(own.wrongMax), percent(own.wrongMin)];
  });
  return table(
    ["frames/s", "median: changing", "all", "Belfry: changing", "all", "error", "max wrong", "min wrong"],
    rows,
  );
}

export function visitTable(): string {
  const rates = [0.5, 1, 2, 3];
  const rows = [3, 5, 10, 15, 20, 25, 30, 35, 40, 50, 60].map((seconds) => [
    `${seconds} s`,
    ...rates.map((rate) => {
      const { value, max } = shown(belfry, seconds, rate, usualNoise);
      return `${percent(value)} / ${percent(max)}`;
    }),
  ]);
  const nobody = rates.map((rate) => percent(shown(belfry, 5, rate, usualNoise).nobody));
  return table(["visit", ...rates.map((rate) => `${rate} frames/s`)], [...rows, ["nobody came: max", ...nobody]]);
}

/** What becomes of a count that never changes, at 2 frames/s: value, min and max, on average of 200 minutes. */
export function crowdTable(): string {
  const random = createSeededRandom("crowds");
  const at = Array.from({ length: 140 }, (_, i) => i * 500);
  const rows = [1, 2, 3, 5, 10, 20, 50].map((people) => {
    const found = Array.from({ length: 200 }, () => {
      const count = counted(Array<number>(at.length).fill(people), usualNoise, random);
      return minuteValue({ at, count, until: 70_000 }, 5_000)!;
    });
    const average = (of: (minute: Estimate) => number): string =>
      (found.reduce((sum, minute) => sum + of(minute), 0) / found.length).toFixed(2);
    return [people, average(({ value }) => value), average(({ min }) => min), average(({ max }) => max)];
  });
  return table(["people", "value", "min", "max"], rows);
}

/** What a minute of a room with three people costs, by how many samples it has. */
export function costTable(): string {
  const rows = [60, 120, 240].map((samples) => {
    const at = Array.from({ length: (samples * 7) / 6 }, (_, i) => Math.round((i * 60_000) / samples));
    const count = counted(Array<number>(at.length).fill(3), usualNoise, createSeededRandom("cost"));
    const run = (times: number): number => {
      const begin = performance.now();
      for (let i = 0; i < times; i++) minuteValue({ at, count, until: at.at(-1)! }, 5_000);
      return ((performance.now() - begin) / times) * 1000;
    };
    run(5_000);
    return [samples, `${Math.min(run(5_000), run(5_000), run(5_000)).toFixed(1)} µs`];
  });
  return table(["samples", "one minute"], rows);
}
