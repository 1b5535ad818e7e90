// Port: how freshly accepted deliveries reach their lanes without a detour over the disk.

import type { DueDelivery } from "../store/ledger.ts";

export interface Enqueuer {
  /** Asks for a place in the lane's memory before the row is written. false: write it parked. Every true must be
   * followed by `offer` or `release`. */
  reserve(lane: number): boolean;
  /** The row was not written after all. */
  release(lane: number): void;
  /** Durable now: deliver it. */
  enqueue(delivery: DueDelivery): void;
  /** A parked row was written for this lane: read it when there is room. */
  spilled(lane: number, due: number): void;
}
