// Port: what is owed. The observation log, events, deliveries and attempts; batches only. Every promise that resolves
// has been fsynced. Both engines behind it pass test/contract/ledger.ts.

import type { DialectName } from "../model/event.ts";
import type { LoggedObservation, ObservationKind } from "../model/observation.ts";
import type { Outcome } from "../model/attempt.ts";
import type { DeliveryState } from "../model/delivery.ts";
import type { Failure } from "../model/lane.ts";
import type { Epoch, Shards } from "./shards.ts";

/** An observation on its way into the log. */
export interface NewObservation {
  readonly organization: string;
  readonly kind: ObservationKind;
  /** Floor it belongs to, null for doors; with `at` the key by which late minutes are computed again. */
  readonly floor: string | null;
  readonly at: number;
  readonly acceptedAt: number;
  /** The sender's id and the hash of what it named, for idempotency; null: always new. */
  readonly idempotencyKey: IdempotencyKey | null;
  /** The observation as JSON text (model/observation). */
  readonly body: string;
}

export interface IdempotencyKey {
  readonly id: string;
  /** Of the content. A longer one that begins with it is of the same. */
  readonly hash: string;
}

/** What became of one input. `reused`: the same id came before with other content, nothing was written. */
export type Receipt =
  | { readonly status: "accepted"; readonly number: number }
  | { readonly status: "duplicate" }
  | { readonly status: "reused" };

export interface NewEvent {
  readonly id: string;
  readonly dialect: DialectName;
  readonly type: string;
  readonly subject: string;
  readonly at: number;
  readonly acceptedAt: number;
  readonly body: string;
  readonly revision: number;
  /** JSON text of the value that a correction replaces. */
  readonly previous: string | null;
  /** JSON text compared by `onChange` deliveries; null: every event counts as changed. */
  readonly value: string | null;
  /** What a later replay needs to match it again and cannot read from the body, as JSON text (model Scopes). */
  readonly scopes: string | null;
  /** Derived events: unique in the organization; a second one with the same key is a duplicate. */
  readonly key: string | null;
  /** Ready-made events: the sender's id. */
  readonly idempotencyKey: IdempotencyKey | null;
  readonly deliveries: readonly NewDelivery[];
}

export interface NewDelivery {
  /** Number of the subscription. */
  readonly lane: number;
  readonly variant: number;
  /** Owed only if the value differs from the last event of the same type and subject. */
  readonly onChange: boolean;
  /** true: written as parked, to be read from the disk later; false: the caller keeps it in its lane's memory. */
  readonly spilled: boolean;
}

/** Events of one organization, matched against its subscriptions as of `revision`. */
export interface Acceptance {
  readonly organization: string;
  readonly revision: number;
  readonly events: readonly NewEvent[];
}

/** How far sensing has read the log and what it must remember, written in the same transaction as its events. */
export interface FoldProgress {
  readonly epoch: Epoch;
  /** Position of the last observation folded. */
  readonly position: number;
  /** Changed state: organization, key and JSON text; null text forgets the key. */
  readonly subjects: readonly SubjectState[];
}

export interface SubjectState {
  readonly organization: string;
  readonly key: string;
  readonly value: string | null;
}

export type AcceptResult =
  /** Nothing was written: the subscriptions or the model of these organizations have changed. Match again. */
  | { readonly status: "stale"; readonly organizations: readonly string[] }
  /** One receipt per event, in the order of the acceptances. */
  | { readonly status: "done"; readonly receipts: readonly EventReceipt[] };

export type EventReceipt =
  /** `deliveries`: their numbers in the order given; 0 where an `onChange` delivery was not owed. */
  | { readonly status: "accepted"; readonly number: number; readonly deliveries: readonly number[] }
  | { readonly status: "duplicate" }
  | { readonly status: "reused" };

/** What a lane needs to make an attempt. */
export interface DueDelivery {
  readonly number: number;
  readonly lane: number;
  readonly variant: number;
  /** Attempts made so far. */
  readonly attempts: number;
  readonly due: number;
  readonly createdAt: number;
  readonly event: DueEvent;
}

export interface DueEvent {
  readonly number: number;
  readonly id: string;
  readonly dialect: DialectName;
  readonly type: string;
  readonly body: string;
  readonly revision: number;
  readonly previous: string | null;
}

export interface LaneRead {
  readonly lane: number;
  readonly limit: number;
}

export interface LaneRows {
  readonly lane: number;
  /** Parked rows that are due, earliest due first, then by number; includes rows already in the caller's memory. */
  readonly rows: readonly DueDelivery[];
  /** When the earliest parked row that was not returned falls due; null: there is none, the lane may leave the disk. */
  readonly nextDue: number | null;
}

/** One attempt and what follows from it. */
export interface Settlement {
  readonly delivery: number;
  readonly lane: number;
  /** 1, 2, 3, … */
  readonly attempt: number;
  readonly startedAt: number;
  readonly outcome: Outcome;
  /** A final state, or the time of the next attempt; the row is then parked. */
  readonly next: { readonly state: Exclude<DeliveryState, "pending" | "held"> } | { readonly due: number };
}

export interface OpenLane {
  readonly lane: number;
  readonly nextDue: number;
}

/** How a lane stands with a receiver that fails or asked for patience. */
export interface LaneHealth {
  /** Failures since its last success. */
  readonly failures: number;
  /** When the next attempt may start, epoch ms. */
  readonly until: number;
  /** Null: not known. */
  readonly lastFailure: Failure | null;
}

export interface StoredLaneHealth {
  readonly lane: number;
  readonly organization: string;
  /** null: nothing to remember. */
  readonly health: LaneHealth | null;
}

export interface Ownership {
  readonly epoch: Epoch;
  /** Lanes that are owed something. */
  readonly lanes: readonly OpenLane[];
  /** What the owner before remembered of lanes. */
  readonly healths: readonly StoredLaneHealth[];
  /** The last delivery so far; those accepted later have higher numbers. */
  readonly upTo: number;
  /** The owner before did not release them: it crashed, was killed, or lost its power. */
  readonly afterCrash: boolean;
  /** What was noted by `suspect` when an owner ended uncleanly: each must be tried apart from all others. */
  readonly marked: readonly DueDelivery[];
  /** Deliveries that were under way each time when three owners ended: they are held from now on. */
  readonly quarantined: readonly number[];
}

export interface PruneBefore {
  /** Events, attempts and observations accepted before these times (epoch ms) go. */
  readonly events: number;
  readonly observations: number;
  /** Input ids of days before this time go. */
  readonly idempotencyKeys: number;
}

export interface Pruned {
  readonly events: number;
  readonly observations: number;
  readonly idempotencyKeys: number;
  /** Deliveries still owed that became `expired` first. */
  readonly expired: number;
  /** There is more to forget: call again. */
  readonly more: boolean;
}

export interface Ledger {
  /** Appends to the observation log, in order; one receipt each (`number` = position). */
  appendObservations(observations: readonly NewObservation[]): Promise<readonly Receipt[]>;

  /** Observations after `position`, in order of acceptance, at most `limit`. */
  readObservations(position: number, limit: number): Promise<readonly LoggedObservation[]>;

  /** Observations of one floor whose moment of sensing lies in [from, until), in order of acceptance, at most `limit`;
   * for late minutes that are computed again. */
  readFloor(
    organization: string,
    floor: string,
    from: number,
    until: number,
    limit: number,
  ): Promise<readonly LoggedObservation[]>;

  /** Where sensing stands and everything it remembers. */
  readSensingState(): Promise<{ readonly position: number; readonly subjects: readonly SubjectState[] }>;

  /** Writes events, their deliveries, input ids and the progress of the fold in one transaction, or nothing (`stale`). */
  accept(acceptances: readonly Acceptance[], fold: FoldProgress | null): Promise<AcceptResult>;

  /** Becomes the owner of these shards, of all where none are named: of their lanes and of the fold, in a new epoch. The owner
   * before can write no more. Every owed delivery is spilled, so that `readDue` finds it, except those in quarantine.
   * Interrupted work is due at once; retries that are overdue are spread over `spreadMs`, after an unclean end without those
   * at the head of each lane, which may have been under way. A wall clock that was set back holds nothing up: first attempts
   * are due by now, retries keep their delay, and none is further away than `farthestMs`. */
  acquire(now: number, spreadMs: number, farthestMs?: number, shards?: Shards): Promise<Ownership>;

  /** Gives the ownership up in order, so that the next owner need not be careful: what was noted is no suspect. */
  release(epoch: Epoch, now: number): Promise<void>;

  /** Notes that these deliveries are about to be attempted, until they are settled or acquitted; three owners that end
   * uncleanly under one of them put it into quarantine, the first one counted although nobody noted it. */
  markStarted(epoch: Epoch, deliveries: readonly number[]): Promise<void>;

  /** These are under way for so long that they end nothing. */
  clearMark(epoch: Epoch, deliveries: readonly number[]): Promise<void>;

  /** Remembers for the next owner how lanes stand, and what time it is: a clock that shows an earlier one then was set
   * back. */
  remember(epoch: Epoch, now: number, healths: readonly StoredLaneHealth[]): Promise<void>;

  /** Reads due parked rows of lanes, fewer than asked for where bodies are large: then `nextDue` is not later than `now`.
   * Changes nothing: what is in flight is the owner's memory. */
  readDue(epoch: Epoch, now: number, reads: readonly LaneRead[]): Promise<readonly LaneRows[]>;

  /** Books attempts: appends them and ends or re-parks their deliveries, in one transaction. A delivery that is no
   * longer owed gets its attempt booked and keeps its state. */
  settle(epoch: Epoch, settlements: readonly Settlement[]): Promise<void>;

  /** Parks rows that were accepted for memory and could not be kept there. */
  spill(epoch: Epoch, deliveries: readonly number[], due: number): Promise<void>;

  /** Ends up to `limit` owed deliveries of a lane as `cancelled`; returns how many, fewer than `limit` when done. */
  cancel(epoch: Epoch, lane: number, now: number, limit: number): Promise<number>;

  /** Owes an event again to a subscription, as a new delivery; parked and due now. One in quarantine is cancelled by
   * it. Null: the event or the subscription is not there any more. */
  resend(delivery: number, now: number): Promise<{ readonly number: number; readonly lane: number } | null>;

  /** Removes what is older than the retention, in one slice of at most `budgetMs`; observations only once they are
   * folded. */
  prune(epoch: Epoch, retention: PruneBefore, now: number, budgetMs: number): Promise<Pruned>;
}

/** Thrown by owner verbs when another owner has taken over: stop at once, write nothing. */
export class OwnershipLost extends Error {
  override readonly name = "OwnershipLost";
}
