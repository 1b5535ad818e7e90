// The status of a lane, as its owner tells it: where to look when deliveries do not arrive.

import type { OutcomeCode } from "./attempt.ts";

export const laneStates = ["open", "ramping", "probing", "backing_off", "paused", "disabled"] as const;

/** `open`: starts what is due, up to its cap. `ramping`: fewer at a time for now, twice as many with each success.
 * `probing`: the receiver has failed so often that one delivery at a time is tried. `backing_off`: starts nothing before
 * `until`, because of its receiver. `paused`: starts nothing, by an act of its owner. `disabled`: starts nothing, since its
 * subscription is disabled, or Belfry is disabling it. */
export type LaneState = (typeof laneStates)[number];

/** Every reason why a lane starts nothing more at a moment, and what ends it, in the order in which they are asked
 * [delivery/lane/why-idle.ts]. docs/api.md lists the same names; a test compares. */
export const idleReasons = {
  stopping:
    "Belfry is stopping, has not begun to deliver, or has lost its lanes to another owner. Ends with the next start.",
  paused: "Somebody has paused the subscription. Ends when somebody resumes it.",
  withdrawing:
    "The tenant has moved or is no longer active, and what they may no longer have is being cancelled; or what a cancelled" +
    " replay added is. Ends when it is.",
  disabled:
    "The subscription is disabled, removed or unknown, or Belfry is disabling it, since its receiver answered 410 or has failed" +
    " for too long. Ends when the customer enables or changes it.",
  backing_off:
    "The receiver failed too often or asked Belfry to wait. Ends at `until`, or when the customer changes the endpoint, enables" +
    " or retries the subscription, or retries or resends a delivery; any other change may let a probe go at once.",
  local_shortage: "This machine had no file or port left for the last attempt. Ends after a second.",
  nothing_due:
    "Nothing is due that is not under way, or what is waits in order behind something that is not. Ends with the next event," +
    " retry or resend.",
  recovering:
    "Belfry crashed. At the start, for about 3 s: what was marked at the crash is tried before anything else. Later: a marked" +
    " delivery of this lane is under way, and the reason ends with its attempt.",
  probing:
    "The receiver failed so often that one delivery at a time is tried, and one is under way. Ends with it: a success lets" +
    " all go on, a failure makes the lane back off.",
  at_lane_cap: "As many attempts are under way as the lane may have now. Ends with one of them.",
  rate_limit:
    "As many attempts have started as the rate limit of the subscription allows, or the gentler pace that its receiver asked" +
    " for with 429 and Retry-After. Ends when the next may start.",
  store_stuck:
    "The store fails, so that outcomes cannot be written or deliveries cannot be read. Ends when a further try succeeds, at" +
    " most 5 s apart.",
  memory_full:
    "The next delivery is not in memory, which is full, and the lane has no slot; or what is due of it is so large that a read" +
    " brings no more. Ends when outcomes are written, since their rows leave the memory, or with a slot.",
  loading:
    "The next delivery is being written, or is on its way into memory or out of it; or attempts are under way that began before" +
    " the subscription came to want the latest states only. Ends when the store has answered, or with these attempts.",
  cut_off:
    "This node has not reached the database for so long that another one may own the lane by now. Ends when the database answers.",
  at_overall_cap:
    "As many attempts are under way, or ended with their outcome unwritten, as Belfry may have. Ends when an outcome is written.",
  at_organization_cap: "As many attempts are under way as the organization may have. Ends with one of them.",
  at_host_cap:
    "As many attempts are under way as the host of the endpoint may have, or as the organization may have there beside others." +
    " Ends with one of them.",
  slow_share:
    "Slow attempts hold all the slots that they may, and the last attempt of this lane was not a success within 1 s. Ends when" +
    " one of them ends, or an attempt of this lane succeeds in that time.",
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

/** How long nothing has succeeded. */
export interface Failing {
  /** When the first attempt failed since the last success, epoch ms. */
  readonly since: number;
  /** How many attempts have failed since. */
  readonly attempts: number;
  /** The last notice that was given, in percent of the time after which the subscription is disabled; 0: none. */
  readonly told: number;
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
  /** Starts per second at most, for now: its rate limit, or a gentler pace that its receiver asked for; null: no limit. */
  readonly startsPerSecond: number | null;
  /** Null: the last attempt succeeded, or there was none. */
  readonly failing: Failing | null;
  /** Deliveries in memory that are due and not under way. */
  readonly waiting: number;
  /** Whether there are more that are not in memory, due or for later. */
  readonly onDisk: boolean;
  /** When the oldest of both fell or falls due, epoch ms; null: there is none. */
  readonly oldestDue: number | null;
}
