// Values of the ledger port [ledger.ts]: what a new owner of lanes is told, and what it leaves to the next one. Times are epoch
// ms.

import type { DeliveryClass } from "../model/delivery.ts";
import type { Failing, Failure } from "../model/lane.ts";
import type { DueDelivery } from "./owed.ts";
import type { Epoch } from "./shards.ts";

/** Everything that a new owner must know to go on. */
export interface Ownership {
  /** Goes with every write of this owner. */
  readonly epoch: Epoch;
  /** Lanes with something owed, class by class. */
  readonly lanes: readonly OpenLane[];
  /** What the owner before stored with `remember`. */
  readonly healths: readonly StoredLaneHealth[];
  /** Number of the last delivery so far. Later ones have higher numbers. */
  readonly upTo: number;
  /** The owner before never called `release`: it crashed, was killed, or lost its power. */
  readonly afterCrash: boolean;
  /** Deliveries that were marked as started when an owner crashed; none after a clean shutdown. While one is tried its lane
   * must start nothing beside it. */
  readonly marked: readonly DueDelivery[];
  /** Deliveries that this crash has put into quarantine. */
  readonly quarantined: readonly number[];
}

/** A class of a lane that has spilled rows. */
export interface OpenLane {
  readonly lane: number;
  readonly class: DeliveryClass;
  readonly nextDue: number;
}

/** What came while an owner was at work. */
export interface Arrivals {
  readonly lanes: readonly OpenLane[];
  /** Number of the last delivery that was looked at. */
  readonly upTo: number;
}

/** What outlives a restart of a lane whose receiver fails or asked Belfry to wait. */
export interface LaneHealth {
  /** Failures since its last success. */
  readonly failures: number;
  /** When the next attempt may start, epoch ms; 0: at once. */
  readonly until: number;
  /** null: not known. */
  readonly lastFailure: Failure | null;
  /** null: not known. */
  readonly failing: Failing | null;
}

export interface StoredLaneHealth {
  readonly lane: number;
  readonly organization: string;
  /** null: the lane is well, its row is removed. */
  readonly health: LaneHealth | null;
}

/** The longest that a delivery may have to wait after its first, second, … attempt, ms. */
export interface LongestWaits {
  readonly usual: readonly number[];
  /** Lanes with delays of their own. */
  readonly lanes: readonly { readonly lane: number; readonly waits: readonly number[] }[];
}

/** Thrown when another owner has taken over: stop at once, write nothing. */
export class OwnershipLost extends Error {
  override readonly name = "OwnershipLost";
}
