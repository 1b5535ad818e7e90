// The status of a lane, as its owner tells it: where to look when deliveries do not arrive.

import type { OutcomeCode } from "./attempt.ts";

export const laneStates = ["open", "ramping", "probing", "backing_off", "disabled"] as const;

/** `open`: starts what is due, up to its cap. `ramping`: fewer at a time for now, twice as many with each success.
 * `probing`: the receiver has failed so often that one delivery at a time is tried. `backing_off`: starts nothing before
 * `until`, because of its receiver. `disabled`: starts nothing, since its subscription is disabled. */
export type LaneState = (typeof laneStates)[number];

/** Every reason why a lane starts nothing more at a moment, in the order in which they are asked. docs/api.md lists the same
 * names; a test compares. */
export const idleReasons = {
  stopping: "Belfry is stopping.",
  disabled: "The subscription is disabled, or its receiver answered 410.",
  backing_off: "The receiver failed too often or asked Belfry to wait.",
  local_shortage: "This machine had no file or port left for the last attempt.",
  nothing_due: "Nothing is due that is not under way.",
  recovering: "Belfry crashed, and tries what was under way then one at a time.",
  probing: "The receiver failed so often that one delivery at a time is tried, and one is under way.",
  at_lane_cap: "As many attempts are under way as the lane may have now.",
  store_stuck: "The store fails, so that outcomes cannot be written or deliveries cannot be read.",
  memory_full: "The next delivery is on the disk and there is no memory for it.",
  loading: "The next delivery is on its way between the disk and the memory.",
  at_overall_cap: "As many attempts are under way or unwritten as Belfry may have.",
  at_organization_cap: "As many attempts are under way as the organization may have.",
  at_host_cap: "As many attempts are under way as the host of the endpoint may have.",
  slow_share: "Slow attempts hold all the slots that they may, and this receiver is not known to be quick.",
} as const satisfies Record<string, string>;

export type IdleReason = keyof typeof idleReasons;

/** Why an attempt failed. */
export interface Failure {
  readonly code: OutcomeCode;
  /** HTTP status as received, null when there was none. */
  readonly status: number | null;
  /** When it ended, epoch ms. */
  readonly at: number;
}

export interface LaneStatus {
  readonly state: LaneState;
  /** Why the lane starts nothing more now; null: it is about to. */
  readonly waitingFor: IdleReason | null;
  /** Backing off: when the next attempt may start, epoch ms; else null. */
  readonly until: number | null;
  /** Failures in a row; attempts that were under way already when probing began do not count. */
  readonly failures: number;
  /** The last one towards this endpoint, whatever came after it; a restart forgets it, unless it made the lane back off. */
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
