// Values of the reads of figures [history.ts]: how the attempts of lanes went lately, hour by hour.

import type { OutcomeCode } from "../model/attempt.ts";

export interface FiguresQuery {
  /** In whose turn it is read; null: in that of reads without one. */
  readonly organization: string | null;
  readonly lanes: readonly number[];
  /** Attempts that started then or later, and before; epoch ms. */
  readonly from: number;
  readonly until: number;
}

export interface HourFigures {
  /** Its begin: a whole number of hours behind `from`, epoch ms. */
  readonly at: number;
  /** Attempts by outcome. */
  readonly codes: Readonly<Partial<Record<OutcomeCode, number>>>;
  /** How long half of them, and 99 of 100, took at most, ms. */
  readonly p50: number;
  readonly p99: number;
}

export interface LaneFigures {
  readonly lane: number;
  /** Only hours with attempts, the oldest first. */
  readonly hours: readonly HourFigures[];
  /** Attempts in them, and how many of those succeeded. */
  readonly attempts: number;
  readonly delivered: number;
  readonly p50: number | null;
  readonly p99: number | null;
  /** The last of them. */
  readonly last: { readonly at: number; readonly code: OutcomeCode; readonly status: number | null } | null;
  /** The last number that was given, 0: none. */
  readonly sequence: number;
  /** Deliveries that are owed and on the disk, `mostOnDisk` at most. */
  readonly onDisk: number;
  /** There were so many that a sample spread over the time was read. */
  readonly isSample: boolean;
}

export const mostOnDisk = 10_000;
