// A day of minutes as the path of a chart: counts are steps, and minutes that were not observed are gaps, never a line to zero.
// Pure.

import type { Minute } from "../api/types.ts";
import { offsetMinutes } from "../../../src/words/time.ts";

export interface Scale {
  readonly from: number;
  readonly until: number;
  /** The largest count on the axis. */
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const minuteMs = 60_000;

export const xOf = ({ from, until, width }: Scale, at: number): number =>
  ((at - from) / Math.max(1, until - from)) * width;
export const yOf = ({ top, height }: Scale, value: number): number => height - (value / top) * height;

/** Runs of minutes that follow each other. */
export function runsOf(minutes: readonly Minute[]): readonly (readonly Minute[])[] {
  const runs: Minute[][] = [];
  let before = Number.NaN;
  for (const minute of minutes) {
    const at = Date.parse(minute.at);
    if (at - before === minuteMs) runs.at(-1)!.push(minute);
    else runs.push([minute]);
    before = at;
  }
  return runs;
}

/** The line of the values. */
export function linePath(minutes: readonly Minute[], scale: Scale): string {
  return runsOf(minutes)
    .map((run) => {
      const steps = run.map(({ at, value }, index) => {
        const [x, y] = [xOf(scale, Date.parse(at)).toFixed(1), yOf(scale, value).toFixed(1)];
        return index === 0 ? `M${x} ${y}` : `H${x}V${y}`;
      });
      return `${steps.join("")}H${xOf(scale, Date.parse(run.at(-1)!.at) + minuteMs).toFixed(1)}`;
    })
    .join("");
}

/** The area between the line and zero. */
export function areaPath(minutes: readonly Minute[], scale: Scale): string {
  return runsOf(minutes)
    .map((run) => {
      const [begin, end] = [xOf(scale, Date.parse(run[0]!.at)), xOf(scale, Date.parse(run.at(-1)!.at) + minuteMs)];
      const steps = run.map(
        ({ at, value }) => `H${xOf(scale, Date.parse(at)).toFixed(1)}V${yOf(scale, value).toFixed(1)}`,
      );
      return `M${begin.toFixed(1)} ${scale.height}${steps.join("")}H${end.toFixed(1)}V${scale.height}Z`;
    })
    .join("");
}

/** Counts that get a line across, from 0; three to five of them. */
export function valueTicks(top: number): readonly number[] {
  const step =
    [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1_000].find((each) => top / each <= 4) ?? Math.ceil(top / 4);
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step);
}

/** Whole hours of the zone, so many apart that about `most` fit. */
export function hourTicks(from: number, until: number, zone: string, most: number): readonly number[] {
  const hours = (until - from) / 3_600_000;
  const apart = [1, 2, 3, 6, 12, 24].find((each) => hours / each <= most) ?? 24;
  const ticks: number[] = [];
  const first = Math.ceil(from / (15 * minuteMs)) * 15 * minuteMs;
  for (let at = first; at < until; at += 15 * minuteMs) {
    const local = at / minuteMs + offsetMinutes(at, zone);
    if (local % (apart * 60) === 0) ticks.push(at);
  }
  return ticks;
}
