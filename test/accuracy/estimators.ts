// Other ways to a value of a minute, for comparison with the program's own: counts are smoothed frame by frame or not, then
// one number is taken from those of the minute. Frames are equally far apart here, so they need no weights.

import { minuteValue, type Samples } from "../../src/sensing/minutes/estimator.ts";

/** The value of a minute, and the least and greatest count in it. */
export interface Estimate {
  readonly value: number;
  readonly min: number;
  readonly max: number;
}

export interface Estimator {
  readonly name: string;
  /** One for each of the minutes that begin at these moments. */
  minutes(samples: Samples, starts: readonly number[]): Estimate[];
}

type Smooth = (counts: readonly number[]) => readonly number[];
type Pick = (counts: readonly number[]) => number;

/** What Belfry does. */
export const belfry: Estimator = {
  name: "Belfry: a third within 3 s > median",
  minutes: (samples, starts) => starts.map((start) => minuteValue(samples, start)!),
};

const inOrder = (counts: readonly number[]): number[] => counts.toSorted((a, b) => a - b);
const mean: Pick = (counts) => counts.reduce((sum, count) => sum + count, 0) / counts.length;
const median: Pick = (counts) => inOrder(counts)[(counts.length - 1) >> 1]!;

/** The count that holds longest; of several the one nearest to the median. */
export const mode: Pick = (counts) => {
  const middle = median(counts);
  const times = new Map<number, number>();
  for (const count of counts) times.set(count, (times.get(count) ?? 0) + 1);
  const rank = ([count, time]: readonly [number, number]) => time - Math.abs(count - middle) / 1_000;
  return [...times].reduce((best, each) => (rank(each) > rank(best) ? each : best))[0];
};

const trimmed =
  (share: number): Pick =>
  (counts) => {
    const cut = Math.floor(counts.length * share);
    return Math.round(mean(inOrder(counts).slice(cut, counts.length - cut)));
  };

const asIs: Smooth = (counts) => counts;
const both =
  (first: Smooth, second: Smooth): Smooth =>
  (counts) =>
    second(first(counts));

/** A value for each frame, from the frames up to `width` / 2 before and after it. */
const running =
  (width: number, pick: Pick): Smooth =>
  (counts) =>
    counts.map((_, i) => pick(counts.slice(Math.max(0, i - (width >> 1)), i + (width >> 1) + 1)));

/** The highest count that more than `share` of the frames reach. */
const reached =
  (share: number): Pick =>
  (counts) =>
    counts.toSorted((a, b) => b - a)[Math.floor(counts.length * share + 1e-9)]!;

/** A hidden count that explains what is seen at least cost: a person missed costs 1, one invented 1.5, a change 4. It looks
 * at all frames, so it is a yardstick and no candidate. */
const hidden: Smooth = (counts) => {
  const states = Array.from({ length: Math.max(...counts) + 2 }, (_, state) => state);
  let cost = states.map(() => 0);
  const from = counts.map((seen) => {
    const back = states.map((state) =>
      states.reduce((best, each) => (moved(cost, each, state) < moved(cost, best, state) ? each : best), state),
    );
    const previous = cost;
    cost = states.map((state) => moved(previous, back[state]!, state) + Math.max(state - seen, 1.5 * (seen - state)));
    return back;
  });
  let state = cost.indexOf(Math.min(...cost));
  return counts
    .map((_, i) => {
      const now = state;
      state = from[counts.length - 1 - i]![state]!;
      return now;
    })
    .toReversed();
};

const moved = (cost: readonly number[], from: number, to: number): number => cost[from]! + 4 * Math.abs(to - from);

function estimator(name: string, smooth: Smooth, pick: Pick): Estimator {
  return {
    name,
    minutes({ at, count }, starts) {
      const smoothed = smooth(count);
      return starts.map((start) => {
        const inside = smoothed.filter((_, i) => at[i]! >= start && at[i]! < start + 60_000);
        return { value: pick(inside), min: Math.min(...inside), max: Math.max(...inside) };
      });
    },
  };
}

export const medianOfCounts = estimator("median", asIs, median);

const runningMedian = (width: number): Estimator =>
  estimator(`running median of ${width} > median`, running(width, median), median);

export const runningMedian5 = runningMedian(5);
export const runningMedian11 = runningMedian(11);

export const others: readonly Estimator[] = [
  estimator("mean, rounded", asIs, (counts) => Math.round(mean(counts))),
  estimator("mean without 20 % at each end, rounded", asIs, trimmed(0.2)),
  medianOfCounts,
  estimator("mode", asIs, mode),
  runningMedian(3),
  runningMedian5,
  runningMedian(7),
  runningMedian(9),
  runningMedian11,
  runningMedian(15),
  runningMedian(21),
  estimator("running median of 5, then of 11 > median", both(running(5, median), running(11, median)), median),
  estimator("running median of 11, twice > median", both(running(11, median), running(11, median)), median),
  estimator("running mode of 11 > median", running(11, mode), median),
  estimator("running mode of 11, median of 11 > median", both(running(11, mode), running(11, median)), median),
  estimator("running median of 11 > mode", running(11, median), mode),
  estimator("running median of 21 > mode", running(21, median), mode),
  estimator("a quarter of 11 > median", running(11, reached(1 / 4)), median),
  estimator("a third of 11 > median", running(11, reached(1 / 3)), median),
  estimator("two fifths of 5 > median", running(5, reached(0.4)), median),
  estimator("two fifths of 11 > median", running(11, reached(0.4)), median),
  estimator("two fifths of 21 > median", running(21, reached(0.4)), median),
  estimator("two fifths of 11 > mode", running(11, reached(0.4)), mode),
  estimator("two fifths of 11 > mean, rounded", running(11, reached(0.4)), (counts) => Math.round(mean(counts))),
  estimator("least cost of a hidden count > median", hidden, median),
];
