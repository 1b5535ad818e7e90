// Values of the ledger port [ledger.ts]: what is owed, as the owner reads it for its lanes, and how each attempt ends. Times
// are epoch ms.

import type { Outcome } from "../model/attempt.ts";
import type { DeliveryClass, DeliveryState } from "../model/delivery.ts";
import type { DialectName } from "../model/event.ts";
import type { NumberRanges } from "../model/number-ranges.ts";

/** Everything that a lane needs to make an attempt. */
export interface DueDelivery {
  readonly number: number;
  readonly lane: number;
  readonly class: DeliveryClass;
  readonly variant: number;
  /** Attempts made so far. */
  readonly attempts: number;
  readonly due: number;
  readonly createdAt: number;
  readonly event: DueEvent;
  /** The number of its event in the lane: 1, 2, 3, … without holes. A resend or a replay has that of the first delivery; null: that
   * had none, or the lane was never owed the event. */
  readonly sequence: number | null;
  /** Id of the replay job that added it; absent: none did. */
  readonly replay?: string;
}

export interface DueEvent {
  readonly number: number;
  readonly id: string;
  readonly dialect: DialectName;
  readonly type: string;
  readonly body: string;
  readonly revision: number;
  readonly previous: string | null;
  /** The trace that it came with (model/trace). */
  readonly trace?: string | null;
}

/** A read of one class of one lane. */
export interface LaneRead {
  readonly lane: number;
  readonly class: DeliveryClass;
  /** How many rows at most. */
  readonly limit: number;
  /** The lane keeps order: of what it owes about one subject only the first may be sent. Live deliveries, resends (and repeats)
   * and replays of a subject are three lines, each in the order of acceptance. */
  readonly inOrder?: boolean;
  /** The lane wants the latest states only. Null: everything. */
  readonly latest?: LatestOnly | null;
}

/** What waits about a state that has a newer one ends as `superseded`. Resends, repeats and replays are no states. */
export interface LatestOnly {
  /** By type of event: the kind of state that it tells. Other types tell none. */
  readonly states: Readonly<Record<string, string>>;
  /** Deliveries of the lane that the owner has in flight, or whose outcome is not written. They are never superseded, and nothing
   * of their state can be read beside them. */
  readonly underWay: readonly number[];
}

export interface LaneRows {
  readonly lane: number;
  readonly class: DeliveryClass;
  /** Due spilled rows of this class, the earliest due first, then by number. Includes those that the caller has read before
   * and not settled. */
  readonly rows: readonly DueDelivery[];
  /** When the next spilled row of this class is due that was not returned; null: there is none. */
  readonly nextDue: number | null;
  /** How many rows were moved out of the way of reads, or back: the next read may bring others, although this one brought
   * nothing new. */
  readonly moved: number;
  /** How many were superseded, and what numbers they had in the lane. */
  readonly superseded: number;
  readonly skipped: NumberRanges;
}

/** The outcome of one attempt, and what follows from it. */
export interface Settlement {
  readonly delivery: number;
  readonly lane: number;
  /** 1, 2, 3, … */
  readonly attempt: number;
  readonly startedAt: number;
  readonly outcome: Outcome;
  /** A final state, or when the next attempt is due: the row is then spilled, as a retry unless it is a replay. `inOrder`: the
   * lane keeps order, so what is owed later about the subject waits until this delivery has ended. */
  readonly next:
    | { readonly state: Exclude<DeliveryState, "pending" | "held"> }
    | { readonly due: number; readonly inOrder?: boolean };
}

/** An event that is owed once more, to this subscription. */
export interface ReplayedDelivery {
  /** Number of the event. */
  readonly event: number;
  readonly lane: number;
  readonly variant: number;
}
