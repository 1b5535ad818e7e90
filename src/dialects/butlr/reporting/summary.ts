// From minutes to windows: the one place where a report's numbers are worked out. Minutes come in pages, in the order of time;
// windows that are over are closed as it goes. Pure but for the summary itself.

import type { Minute } from "../../../model/minute.ts";
import type { ValueFilter, Windowing } from "./request.ts";
import type { ReportField } from "./series.ts";
import { createTally, type StatisticFunction, type Tally } from "./tally.ts";
import type { TimeWindow, WindowGrid } from "./time-windows.ts";

/** What a window came to; null: nothing was observed in it. */
export interface WindowValue {
  /** End of the window, epoch ms. */
  readonly time: number;
  readonly value: number | null;
}

export interface SummaryRules {
  readonly grid: WindowGrid;
  /** Windows lie between both, epoch ms. */
  readonly start: number;
  readonly stop: number;
  readonly statistic: StatisticFunction;
  readonly empty: Windowing["empty"];
  readonly value: ValueFilter;
  /** Minutes that count; null: all. */
  readonly isOpen: ((at: number) => boolean) | null;
}

export interface Summary {
  add(minutes: readonly Minute[]): void;
  /** No more minutes come. Field by field, in the order of time. */
  end(): readonly (readonly WindowValue[])[];
}

export function createSummary(fields: readonly ReportField[], rules: SummaryRules): Summary {
  const { grid, start, stop, empty, isOpen } = rules;
  const passes = valueTest(rules.value);
  const tallies = fields.map(createTally);
  const found: WindowValue[][] = fields.map(() => []);
  let window = firstWithin(grid, start);

  const close = (): void => {
    for (const [index, tally] of tallies.entries()) {
      const value = valueOf(tally, rules, found[index]!);
      if (tally.count > 0 || empty !== "left out") found[index]!.push({ time: window.stop, value });
      tally.clear();
    }
  };

  /** Closes the window, and those up to the one that holds `at`; without empty ones there are none between. */
  const advanceTo = (at: number): void => {
    close();
    window = empty === "left out" ? grid(Math.max(at, window.stop)) : grid(window.stop);
    while (window.stop <= at && window.stop <= stop) {
      close();
      window = grid(window.stop);
    }
  };

  return {
    add(minutes) {
      for (const minute of minutes) {
        const { at } = minute;
        if (at < window.start) continue;
        if (at >= window.stop) {
          if (window.stop > stop) return;
          advanceTo(at);
        }
        if (isOpen !== null && !isOpen(at)) continue;
        for (let index = 0; index < fields.length; index++) {
          const value = fields[index]!.of(minute);
          if (passes === null || passes(value)) tallies[index]!.add(value);
        }
      }
    },
    end() {
      if (window.stop <= stop) advanceTo(empty === "left out" ? stop : Math.max(stop, window.stop));
      return found;
    },
  };
}

/** The first window that lies after `start` as a whole. */
export function firstWithin(grid: WindowGrid, start: number): TimeWindow {
  const window = grid(start);
  return window.start === start ? window : grid(window.stop);
}

function valueOf(tally: Tally, { empty, statistic }: SummaryRules, before: readonly WindowValue[]): number | null {
  const value = tally.of(statistic);
  if (tally.count > 0 || empty === "left out" || empty === "null") return value;
  return empty === "previous" ? (before.at(-1)?.value ?? null) : empty;
}

function valueTest({ gte, lte, gt, lt }: ValueFilter): ((value: number) => boolean) | null {
  if (gte === undefined && lte === undefined && gt === undefined && lt === undefined) return null;
  const [least, most] = [gte ?? -Infinity, lte ?? Infinity];
  const [above, below] = [gt ?? -Infinity, lt ?? Infinity];
  return (value) => value >= least && value <= most && value > above && value < below;
}
