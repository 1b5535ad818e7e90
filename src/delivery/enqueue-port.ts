// Port: how freshly accepted deliveries reach their lanes without a detour over the disk.

import type { DeliveryClass } from "../model/delivery.ts";
import type { DueDelivery } from "../store/ledger.ts";

export interface Enqueuer {
  /** Asks for a place in the lane's memory before the live row is written. false: write it to the disk only. Every true
   * must be followed by `enqueue` or `release`. */
  reserve(lane: number): boolean;
  /** The row was not written after all. */
  release(lane: number): void;
  /** Durable now: deliver it. */
  enqueue(delivery: DueDelivery): void;
  /** A row of this class was written for this lane on the disk only: read it when there is room. */
  spilled(lane: number, deliveryClass: DeliveryClass, due: number): void;
}
