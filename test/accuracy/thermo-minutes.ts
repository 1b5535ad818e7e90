// Minutes on thermo-presence: real head counts of two rooms as truth, seen by a simulated sensor that errs, and the values
// that estimators give for windows of one minute.

import { readFileSync } from "node:fs";
import type { Samples } from "../../src/sensing/minutes/estimator.ts";
import { createSeededRandom } from "../../src/simulator/random.ts";
import { type Estimator, mode } from "./estimators.ts";
import { counted, type Noise } from "./noise.ts";

export const thermoFile = "thermo-presence-detections/detections.ndjson";

/** A batch of 471 frames spans 240 s [the recording's SOURCE.md]. */
const batchMs = 240_000;
const frameMs = batchMs / 471;
const minutesOfBatch = [0, 60_000, 120_000, 180_000];

/** Four minutes of one room, told from their beginning. */
export interface Batch {
  readonly room: string;
  readonly at: readonly number[];
  readonly people: readonly number[];
}

export function readBatches(path: string): Batch[] {
  const batches = new Map<string, { room: string; at: number[]; people: number[] }>();
  for (const line of readFileSync(path, "utf8").trim().split("\n")) {
    const { room, start, frame, points } = JSON.parse(line) as {
      readonly room: string;
      readonly start: string;
      readonly frame: number;
      readonly points: readonly unknown[];
    };
    const key = `${room} ${start}`;
    const batch = batches.get(key) ?? { room, at: [], people: [] };
    batches.set(key, batch);
    batch.at.push(Math.round(frame * frameMs));
    batch.people.push(points.length);
  }
  return [...batches.values()];
}

/** The same people, seen so many times a second. */
export function atRate({ room, at, people }: Batch, framesPerSecond: number): Batch {
  const moments = Array.from({ length: 240 * framesPerSecond }, (_, i) => Math.round((i * 1000) / framesPerSecond));
  const nowAt = (moment: number): number =>
    people[
      Math.max(
        0,
        at.findLastIndex((each) => each <= moment),
      )
    ]!;
  return { room, at: moments, people: moments.map(nowAt) };
}

export interface Score {
  /** Share of windows in which the count changed and whose value is not the count that held longest. */
  readonly changing: number;
  /** The same of all windows. */
  readonly all: number;
  /** Mean distance of the value from the true time average, in people. */
  readonly error: number;
  /** `changing` by room, and of the worst seed. */
  readonly rooms: Readonly<Record<string, number>>;
  readonly worstSeed: number;
  /** Share of windows with a constant count whose max, and whose min, is not that count. */
  readonly wrongMax: number;
  readonly wrongMin: number;
  readonly windows: number;
  readonly changingWindows: number;
}

interface Window {
  readonly room: string;
  readonly seed: number;
  readonly changes: boolean;
  readonly wrong: boolean;
  readonly wrongMax: boolean;
  readonly wrongMin: boolean;
  readonly error: number;
}

/** `batches` as the sensor's frames come, `truth` as they were recorded. */
export function score(
  estimator: Estimator,
  batches: readonly Batch[],
  noise: Noise,
  seeds: number,
  truth = batches,
): Score {
  const windows: Window[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const random = createSeededRandom(`accuracy ${seed}`);
    for (const [index, { room, at, people }] of batches.entries()) {
      const samples: Samples = { at, count: counted(people, noise, random), until: batchMs };
      const estimates = estimator.minutes(samples, minutesOfBatch);
      for (const [i, start] of minutesOfBatch.entries()) {
        const real = peopleIn(truth[index]!, start);
        const average = real.reduce((sum, count) => sum + count, 0) / real.length;
        const { value, min, max } = estimates[i]!;
        windows.push({
          room,
          seed,
          changes: real.some((count) => count !== real[0]),
          wrong: value !== mode(real),
          wrongMax: max !== real[0],
          wrongMin: min !== real[0],
          error: Math.abs(value - average),
        });
      }
    }
  }
  return summed(windows, seeds);
}

const peopleIn = ({ at, people }: Batch, start: number): number[] =>
  people.filter((_, i) => at[i]! >= start && at[i]! < start + 60_000);

function summed(windows: readonly Window[], seeds: number): Score {
  const changing = windows.filter(({ changes }) => changes);
  const constant = windows.filter(({ changes }) => !changes);
  const wrong = ({ wrong: isWrong }: Window): boolean => isWrong;
  const bySeed = Map.groupBy(changing, ({ seed }) => seed);
  return {
    changing: share(changing, wrong),
    all: share(windows, wrong),
    error: windows.reduce((sum, { error }) => sum + error, 0) / windows.length,
    rooms: Object.fromEntries(
      [...Map.groupBy(changing, ({ room }) => room)].map(([room, of]) => [room, share(of, wrong)]),
    ),
    worstSeed: Math.max(...[...bySeed.values()].map((of) => share(of, wrong))),
    wrongMax: share(constant, ({ wrongMax }) => wrongMax),
    wrongMin: share(constant, ({ wrongMin }) => wrongMin),
    windows: windows.length / seeds,
    changingWindows: changing.length / seeds,
  };
}

const share = <Item>(items: readonly Item[], is: (item: Item) => boolean): number =>
  items.filter(is).length / items.length;
