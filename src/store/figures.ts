// What the attempts of a lane come to. Pure; each store reads the attempts.

import { outcomeName } from "./codes.ts";
import type { HourFigures, LaneFigures } from "./figure-reads.ts";

const hourMs = 3_600_000;

/** An attempt, as it is stored. */
export interface AttemptFigures {
  readonly at: number;
  readonly code: number;
  readonly status: number | null;
  readonly duration: number;
}

/** Attempts from a time on, hour by hour. */
export function summary(
  rows: readonly AttemptFigures[],
  from: number,
): Pick<LaneFigures, "hours" | "attempts" | "delivered" | "p50" | "p99" | "last"> {
  const byHour = Map.groupBy(rows, ({ at }) => Math.floor((at - from) / hourMs));
  const hours = [...byHour]
    .toSorted(([a], [b]) => a - b)
    .map(([hour, each]): HourFigures => {
      const codes: Partial<Record<string, number>> = {};
      for (const { code } of each) codes[outcomeName(code)] = (codes[outcomeName(code)] ?? 0) + 1;
      return { at: from + hour * hourMs, codes, ...percentiles(each) };
    });
  const last = rows.reduce<AttemptFigures | null>(
    (newest, row) => (newest === null || row.at >= newest.at ? row : newest),
    null,
  );
  return {
    hours,
    attempts: rows.length,
    delivered: rows.filter(({ code }) => outcomeName(code) === "delivered").length,
    ...(rows.length === 0 ? { p50: null, p99: null } : percentiles(rows)),
    last: last && { at: last.at, code: outcomeName(last.code), status: last.status },
  };
}

/** By the nearest rank. */
function percentiles(rows: readonly AttemptFigures[]): { readonly p50: number; readonly p99: number } {
  const sorted = rows.map(({ duration }) => duration).toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]!;
  return { p50: at(0.5), p99: at(0.99) };
}
