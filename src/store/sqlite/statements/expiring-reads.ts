// Reads of what is owed of old events, by lane: what the retention will end next. In slices, since all of a long outage may be
// among it.

import type { DatabaseSync } from "node:sqlite";
import type { ExpiringLane, ExpiringSlice } from "../../history.ts";

/** Rows of one slice: a few ms. */
const slice = 5_000;

interface OwedRow {
  readonly number: number;
  readonly lane: number;
  readonly again: number;
  readonly at: number;
}

export interface ExpiringReads {
  expiring(before: number, after: number): ExpiringSlice;
}

export function createExpiringReads(database: DatabaseSync): ExpiringReads {
  const columns = "d.number, d.lane, d.again, e.accepted_at as at from delivery d join event e on e.number = d.event";
  // Deliveries made with their events are in the order of these; the others stand in an index of their own.
  const inOrder = database.prepare(`select ${columns} where d.number > ? order by d.number limit ?`);
  const again = database.prepare(`select ${columns} where d.again = 1 order by d.event limit ?`);

  return {
    expiring(before, after) {
      const lanes = new Map<number, ExpiringLane>();
      const count = ({ lane, at }: OwedRow): void => {
        const { deliveries = 0, oldest = at } = lanes.get(lane) ?? {};
        lanes.set(lane, { lane, deliveries: deliveries + 1, oldest: Math.min(oldest, at) });
      };
      if (after === 0) {
        for (const row of again.iterate(slice) as Iterable<unknown> as Iterable<OwedRow>) {
          if (row.at >= before) break;
          count(row);
        }
      }
      const rows = inOrder.all(after, slice) as unknown as OwedRow[];
      for (const row of rows) {
        if (row.again === 1) continue;
        if (row.at >= before) return { lanes: [...lanes.values()], after: null };
        count(row);
      }
      return { lanes: [...lanes.values()], after: rows.length === slice ? rows.at(-1)!.number : null };
    },
  };
}
