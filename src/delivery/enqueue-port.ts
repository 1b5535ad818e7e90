// Port: how freshly accepted deliveries reach their lanes without being read back. The row is durable either way; a place in
// memory only spares the read. The engine's side is lane/enqueue.ts.

import type { DeliveryClass } from "../model/delivery.ts";
import type { DueDelivery } from "../store/owed.ts";

export interface Enqueuer {
  /** Asks for a place in the lane's memory before the live row is written. false: write it spilled, and call `readLater`.
   * Every true must be followed by `enqueue` or `release`. */
  reserve(lane: number): boolean;
  /** The row was not written after all. */
  release(lane: number): void;
  /** Durable now: deliver it. */
  enqueue(delivery: DueDelivery): void;
  /** A row of this class was written spilled for this lane: it is read when there is room. */
  readLater(lane: number, deliveryClass: DeliveryClass, due: number): void;
}
