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
  const counts = new Map<number, number>();
  let [count, sum, squares, first, last] = [0, 0, 0, 0, 0];

  return {
    add(value) {
      counts.set(value, (counts.get(value) ?? 0) + 1);
      if (count === 0) first = value;
      last = value;
      count++;
      sum += value;
      squares += value * value;
    },
    get count() {
      return count;
    },
    of(statistic) {
      if (statistic === "count") return count;
      if (statistic === "sum") return rounded(sum);
      if (count === 0) return null;
      switch (statistic) {
        case "first":
          return first;
        case "last":
          return last;
        case "max":
          return Math.max(...counts.keys());
        case "min":
          return Math.min(...counts.keys());
        case "mean":
          return rounded(sum / count);
        case "median":
          return rounded(medianOf(counts, count));
        case "deviation":
          return rounded(Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2)));
      }
    },
    clear() {
      counts.clear();
      [count, sum, squares, first, last] = [0, 0, 0, 0, 0];
    },
  };
}

/** The middle one, or the mean of the two in the middle. */
function medianOf(counts: ReadonlyMap<number, number>, count: number): number {
  const values = [...counts.keys()].toSorted((a, b) => a - b);
  const at = (place: number): number => {
    let passed = 0;
    for (const value of values) {
      passed += counts.get(value)!;
      if (place < passed) return value;
    }
    return Number.NaN;
  };
  return (at((count - 1) >> 1) + at(count >> 1)) / 2;
}

/** Six decimals. */
const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
