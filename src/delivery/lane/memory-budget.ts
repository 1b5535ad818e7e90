// How much of each lane may be in memory, so that all of them together fit.

import type { ResidentRows } from "./resident.ts";
import type { Lane } from "./lane.ts";
import type { DeliverySettings } from "../settings.ts";
import { liveRows } from "./buffer.ts";

export interface MemoryBudget {
  /** Places promised to rows that are being written, in all lanes. */
  reserved: number;
  /** Live rows that the lane may have in memory now; the other classes take their shares of it. One while the lane is
   * probed, fewer while nobody knows whether it is quick, and few when all are many or large. */
  bufferSize(lane: Lane): number;
  /** All rows are many or large: a lane that can start nothing now has to wait for its next one, since there may be any
   * number of lanes. */
  full(): boolean;
}

type Settings = Pick<DeliverySettings, "bufferRows" | "rowsInMemory" | "bytesInMemory">;

/** What other dispatchers of this process have in memory. */
export interface OtherMemory {
  rows(): number;
  bytes(): number;
}

const noOthers: OtherMemory = { rows: () => 0, bytes: () => 0 };

export function createMemoryBudget(settings: Settings, resident: ResidentRows, others = noOthers): MemoryBudget {
  const rows = (): number => resident.size + memory.reserved + others.rows();
  const memory: MemoryBudget = {
    reserved: 0,
    bufferSize(lane) {
      if (lane.breaker.open) return 1;
      const size = lane.quick || lane.pace > 1 ? settings.bufferRows : Math.max(settings.bufferRows >> 2, 1);
      const free = memory.full() ? 0 : settings.rowsInMemory - rows();
      return free >= size ? size : Math.max(Math.min(size, liveRows(lane.buffer) + free), 1);
    },
    full: () => resident.bytes + others.bytes() >= settings.bytesInMemory || rows() >= settings.rowsInMemory,
  };
  return memory;
}
