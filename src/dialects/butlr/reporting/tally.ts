// Numbers counted by value, and every statistic of them. The counts of people in a week of minutes have few different values, so
// a median costs no sorting of all. Pure but for the tally itself.

export const functions = ["median", "mean", "max", "min", "sum", "first", "last", "count"] as const;
export type StatisticFunction = (typeof functions)[number];

export interface Tally {
  /** In the order of time. */
  add(value: number): void;
  readonly count: number;
  /** null where there is none: of no numbers only the sum and the count are known, both 0. */
  of(statistic: StatisticFunction | "deviation"): number | null;
  /** Forgets everything. */
  clear(): void;
}

export function createTally(): Tally {
  const counts = createCounts();
  let [count, sum, squares, first, last] = [0, 0, 0, 0, 0];

  const found: Readonly<Record<StatisticFunction | "deviation", () => number>> = {
    count: () => count,
    sum: () => sum,
    first: () => first,
    last: () => last,
    max: () => counts.values().at(-1)!,
    min: () => counts.values()[0]!,
    mean: () => sum / count,
    median: () => medianOf(counts, count),
    deviation: () => Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2)),
  };

  return {
    add(value) {
      counts.add(value);
      if (count === 0) first = value;
      last = value;
      count++;
      sum += value;
      squares += value * value;
    },
    get count() {
      return count;
    },
    of: (statistic) => (count > 0 || statistic === "count" || statistic === "sum" ? rounded(found[statistic]()) : null),
    clear() {
      counts.clear();
      [count, sum, squares, first, last] = [0, 0, 0, 0, 0];
    },
  };
}

interface Counts {
  add(value: number): void;
  /** The different values, in ascending order. */
  values(): readonly number[];
  of(value: number): number;
  clear(): void;
}

/** Small whole numbers, nearly all of them, are counted without a Map: a report over a year has half a million. */
function createCounts(): Counts {
  const small = new Uint32Array(256);
  const others = new Map<number, number>();
  let highest = -1;
  const isSmall = (value: number): boolean => small[value] !== undefined;
  return {
    add(value) {
      if (isSmall(value)) {
        small[value]!++;
        if (value > highest) highest = value;
      } else others.set(value, (others.get(value) ?? 0) + 1);
    },
    values() {
      const found: number[] = [];
      for (let value = 0; value <= highest; value++) if (small[value]! > 0) found.push(value);
      return others.size === 0 ? found : [...found, ...others.keys()].toSorted((a, b) => a - b);
    },
    of: (value) => small[value] ?? others.get(value) ?? 0,
    clear() {
      small.fill(0, 0, highest + 1);
      others.clear();
      highest = -1;
    },
  };
}

/** The middle one, or the mean of the two in the middle. */
function medianOf(counts: Counts, count: number): number {
  const values = counts.values();
  const at = (place: number): number => {
    let passed = 0;
    for (const value of values) {
      passed += counts.of(value);
      if (place < passed) return value;
    }
    throw new Error(`there is no number ${place} of ${count}`);
  };
  return (at((count - 1) >> 1) + at(count >> 1)) / 2;
}

/** Six decimals. */
const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
