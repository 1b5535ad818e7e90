// How a lane stands with its receiver, as the owner of the lane tells it: what somebody wants to know whose deliveries do
// not arrive.

import type { OutcomeCode } from "./attempt.ts";

export const laneStates = ["open", "ramping", "probing", "paused", "disabled"] as const;

/** `open`: starts what is due, up to its cap. `ramping`: fewer at a time for now, twice as many with each success.
 * `probing`: the receiver has failed so often that one delivery at a time is tried. `paused`: starts nothing before
 * `until`. `disabled`: starts nothing, since its subscription is disabled. */
export type LaneState = (typeof laneStates)[number];

/** Why an attempt was none that delivered. */
export interface Failure {
  readonly code: OutcomeCode;
  /** HTTP status as received, null when there was none. */
  readonly status: number | null;
  /** When it ended, epoch ms. */
  readonly at: number;
}

export interface LaneStatus {
  readonly state: LaneState;
  /** Paused: when the next attempt may start, epoch ms; else null. */
  readonly until: number | null;
  /** Failures in a row; attempts that were under way already when probing began do not count. */
  readonly failures: number;
  /** The last one towards this endpoint, whatever came after it; a restart forgets it, unless it made the lane wait. */
  readonly lastFailure: Failure | null;
  readonly inFlight: number;
  /** Attempts in flight at most, for now. */
  readonly cap: number;
  /** Deliveries in memory that are due and not under way. */
  readonly waiting: number;
  /** Whether there are more on the disk, due or for later. */
  readonly onDisk: boolean;
  /** When the oldest of both fell or falls due, epoch ms; null: there is none. */
  readonly oldestDue: number | null;
}
