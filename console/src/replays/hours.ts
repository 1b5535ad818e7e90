// Counts by hour and type as bars: every hour of a time has one, and hours in which nothing was have an empty one. Pure.

import type { HourCount } from "../api/types.ts";

const hour = 3_600_000;
export const hourOf = (at: number): number => Math.floor(at / hour) * hour;

export interface HourBar {
  /** Epoch ms. */
  readonly at: number;
  readonly total: number;
}

/** From the hour of `from` to that before `to`. `types`: only these; null: all. */
export function barsOf(
  counts: readonly HourCount[],
  from: number,
  to: number,
  types: readonly string[] | null,
): readonly HourBar[] {
  const totals = new Map<number, number>();
  for (const { type, hour: at, count } of counts) {
    if (types !== null && !types.includes(type)) continue;
    const begin = Date.parse(at);
    totals.set(begin, (totals.get(begin) ?? 0) + count);
  }
  const bars: HourBar[] = [];
  for (let at = hourOf(from); at < to; at += hour) bars.push({ at, total: totals.get(at) ?? 0 });
  return bars;
}

/** By type, the most first. */
export function totalsOf(counts: readonly HourCount[]): readonly (readonly [type: string, count: number])[] {
  const totals = new Map<string, number>();
  for (const { type, count } of counts) totals.set(type, (totals.get(type) ?? 0) + count);
  return [...totals].toSorted(([, a], [, b]) => b - a);
}
