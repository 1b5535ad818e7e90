// A report as plainly as it can be worked out: every window, every minute of it, every function over a list of numbers.

import type { TimeWindow } from "../../../../src/dialects/butlr/reporting/time-windows.ts";

export interface PlainMinute {
  readonly at: number;
  readonly value: number;
  readonly out: number;
}

/** One series that a request asks for: what its rows say of themselves, and its minutes. */
export interface PlainSeries {
  readonly columns: Readonly<Record<string, string>>;
  readonly minutes: readonly PlainMinute[];
  readonly fields: readonly (readonly [name: string, of: (minute: PlainMinute) => number])[];
}

export interface PlainRow {
  readonly columns: Readonly<Record<string, string>>;
  readonly field: string;
  readonly time: string;
  readonly value: number | null;
}

export interface PlainRequest {
  readonly windows: readonly TimeWindow[];
  readonly start: number;
  readonly stop: number;
  readonly name: string;
  readonly least: number | null;
  readonly withEmpty: boolean;
}

const six = (value: number): number => Math.round(value * 1e6) / 1e6;

export const plainFunctions: Readonly<Record<string, (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  mean: (values) => six(plainFunctions["sum"]!(values) / values.length),
  median(values) {
    const sorted = values.toSorted((a, b) => a - b);
    const half = sorted.length / 2;
    return six((sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2);
  },
  max: (values) => values.reduce((a, b) => (a > b ? a : b)),
  min: (values) => values.reduce((a, b) => (a < b ? a : b)),
  first: (values) => values[0]!,
  last: (values) => values.at(-1)!,
  count: (values) => values.length,
};

export function plainRows(series: readonly PlainSeries[], request: PlainRequest): PlainRow[] {
  const { windows, start, stop, name, least, withEmpty } = request;
  const rows: PlainRow[] = [];
  for (const window of windows) {
    if (window.start < start || window.stop > stop) continue;
    for (const { columns, minutes, fields } of series) {
      for (const [field, of] of fields) {
        const within = minutes.filter(({ at }) => at >= window.start && at < window.stop);
        const values = within.map(of).filter((value) => least === null || value >= least);
        const none = name === "sum" || name === "count" ? 0 : null;
        if (values.length === 0 && !withEmpty) continue;
        const value = values.length === 0 ? none : plainFunctions[name]!(values);
        rows.push({ columns, field, time: new Date(window.stop).toISOString().replace(".000", ""), value });
      }
    }
  }
  return rows;
}

/** Nested by the keys, with the values of each group in its leaves. */
export function plainGroups(rows: readonly PlainRow[], keys: readonly string[]): unknown {
  const [key, ...others] = keys;
  if (key === undefined) {
    const values = rows.map(({ value }) => value!);
    return Object.fromEntries(Object.entries(plainFunctions).map(([name, of]) => [name, of(values)]));
  }
  const nameOf = ({ columns, field, time }: PlainRow): string =>
    key === "time" ? time : key === "field" ? field : columns[key]!;
  const told = rows.filter(({ value }) => value !== null);
  const names = [...new Set(told.map(nameOf))];
  return Object.fromEntries(
    names.map((name) => [
      name,
      plainGroups(
        told.filter((row) => nameOf(row) === name),
        others,
      ),
    ]),
  );
}
