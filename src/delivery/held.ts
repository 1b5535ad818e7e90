// Deliveries in memory, in flight or being booked, over all lanes. Rows are bounded in number; those with large bodies are
// also counted in bytes, so that a few lanes full of them cannot take all memory.

import type { DueDelivery } from "../store/ledger.ts";

export interface Held {
  /** Whether the row is parked on the disk as well; undefined: it is not held. */
  get(delivery: number): boolean | undefined;
  has(delivery: number): boolean;
  add(delivery: DueDelivery, parked: boolean): void;
  delete(delivery: number): void;
  readonly size: number;
  /** Of large bodies, in UTF-16 units. */
  readonly bytes: number;
}

/** Smaller ones are bounded well enough by their number. */
const large = 4_096;

export function createHeld(): Held {
  const rows = new Map<number, boolean>();
  const sizes = new Map<number, number>();
  let bytes = 0;
  return {
    get: (delivery) => rows.get(delivery),
    has: (delivery) => rows.has(delivery),
    add({ number, event }, parked) {
      rows.set(number, parked);
      const { length } = event.body;
      if (length < large || sizes.has(number)) return;
      sizes.set(number, length);
      bytes += length;
    },
    delete(delivery) {
      rows.delete(delivery);
      if (sizes.size === 0) return;
      bytes -= sizes.get(delivery) ?? 0;
      sizes.delete(delivery);
    },
    get size() {
      return rows.size;
    },
    get bytes() {
      return bytes;
    },
  };
}
