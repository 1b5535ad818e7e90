// One frame of one presence sensor, ready to be counted.

import type { Point } from "../../model/fact.ts";

/** A frame speaks for its moment and for this long after it, ms; then it is not known what its sensor sees. */
export const holdMs = 3_000;

export interface Frame {
  /** Index in the layout of the floor. */
  readonly sensor: number;
  /** Moment of sensing, epoch ms, never later than its acceptance: a clock that runs ahead counts from its arrival. */
  readonly at: number;
  /** Metres on the floor, masked ones left out. */
  readonly points: readonly Point[];
  /** Of sensors with a counting line: who each of the points is; null: not told. */
  readonly tracks: readonly string[] | null;
}
