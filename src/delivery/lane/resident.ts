// Deliveries in memory, in flight or being settled, over all lanes. Rows are bounded in number and in the length of their
// bodies, so that lanes full of large ones cannot take all memory.

import type { DueDelivery } from "../../store/owed.ts";

export interface ResidentRows {
  /** Whether the row is spilled as well, so that a read returns it; undefined: it is not resident. */
  get(delivery: number): boolean | undefined;
  has(delivery: number): boolean;
  add(delivery: DueDelivery, spilled: boolean): void;
  delete(delivery: number): void;
  readonly size: number;
  /** Of all bodies, in UTF-16 units. */
  readonly bytes: number;
}

export function createResidentRows(): ResidentRows {
  /** The length of the body, twice, and one more where the row is spilled as well: a table of numbers costs least. */
  const rows = new Map<number, number>();
  let bytes = 0;
  const lengthOf = (delivery: number): number => (rows.get(delivery) ?? 0) >> 1;
  return {
    get(delivery) {
      const row = rows.get(delivery);
      return row === undefined ? undefined : (row & 1) === 1;
    },
    has: (delivery) => rows.has(delivery),
    add({ number, event }, spilled) {
      const { length } = event.body;
      bytes += length - lengthOf(number);
      rows.set(number, (length << 1) | (spilled ? 1 : 0));
    },
    delete(delivery) {
      bytes -= lengthOf(delivery);
      rows.delete(delivery);
    },
    get size() {
      return rows.size;
    },
    get bytes() {
      return bytes;
    },
  };
}
