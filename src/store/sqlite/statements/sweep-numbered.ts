// Sweeps of tables whose rows are numbered in the order of time: entries and observations.

import type { EngineContext } from "./engine-context.ts";
import type { Sweep } from "./own-retention.ts";
import { oldRows, stepRows, type Tally } from "./prune-step.ts";

/** Removes the next rows of a sweep that are old enough, and counts them. false: there are no more. */
export type SweepStep = (sweep: Sweep, tally: Tally) => boolean;

interface NumberedRow {
  readonly number: number;
  readonly organization: number;
  readonly at: number;
}

/** The next rows behind a number that are before a time. null: there are none. */
export type NextOld = (
  after: number,
  before: number,
) => { readonly last: number; readonly rows: readonly NumberedRow[] } | null;

/** `upTo`: rows with higher numbers stay. */
export function createNextOld(context: EngineContext, table: string, key: string, upTo = () => Infinity): NextOld {
  const next = context.prepare(
    `select ${key} as number, organization, accepted_at as at from ${table} where ${key} > ? and ${key} <= ? order by ${key} limit ?`,
  );
  return (after, before) => {
    const most = Math.min(upTo(), Number.MAX_SAFE_INTEGER);
    const rows = next.all(after, most, stepRows) as unknown as NumberedRow[];
    const old = oldRows(rows, before);
    return old === null ? null : { last: old.last, rows: rows.slice(0, old.count) };
  };
}

/** `remove`: statements, each given the number of a row. */
export function createSweepNumbered(
  context: EngineContext,
  next: NextOld,
  remove: readonly string[],
  count: (tally: Tally) => void,
): SweepStep {
  const removals = remove.map((sql) => context.prepare(sql));
  return (sweep, tally) => {
    const found = next(sweep.at()[0] ?? 0, sweep.before);
    if (found === null) return false;
    for (const { number, organization } of found.rows) {
      if (!sweep.isTheirs(organization)) continue;
      for (const removal of removals) removal.run(number);
      count(tally);
    }
    sweep.reached([found.last]);
    return true;
  };
}
