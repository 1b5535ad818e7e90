// One step of pruning: a few hundred of the oldest rows of one table.

import type { PruneBefore, PrunedTally } from "../../removal.ts";

/** How many rows a slice has removed so far. */
export interface Tally extends PrunedTally {
  /** Of what expired. */
  readonly lanes: Set<number>;
}

/** Removes the next rows that are old enough, and counts them. false: there are no more. */
export type PruneStep = (before: PruneBefore, tally: Tally) => boolean;

/** Rows of one step. */
export const stepRows = 256;

/** The last number of the oldest rows before a time, and how many they are; null: even the first is young enough. */
export function oldRows(rows: Iterable<unknown>, before: number): { last: number; count: number } | null {
  let last = 0;
  let count = 0;
  for (const { number, at } of rows as Iterable<{ number: number; at: number }>) {
    if (at >= before) break;
    last = number;
    count++;
  }
  return count === 0 ? null : { last, count };
}
