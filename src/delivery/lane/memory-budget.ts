// How much of each lane may be in memory, so that all of them together fit.

import type { Held } from "./resident.ts";
import type { Lane } from "./lane.ts";
import type { DeliverySettings } from "../settings.ts";
import { rowsOf } from "./buffer.ts";

export interface Memory {
  /** Places promised to rows that are being written, in all lanes. */
  reserved: number;
  /** Rows that the lane may have in memory now: the next probe; fewer while nobody knows whether it is quick, and few when
   * all are many or large. */
  windowSize(lane: Lane): number;
  /** All rows are many or large: a lane that can start nothing now has to wait for its next one, since there may be any
   * number of lanes. */
  full(): boolean;
}

type Settings = Pick<DeliverySettings, "window" | "rowsInMemory" | "bytesInMemory">;

export function createMemory(settings: Settings, held: Held): Memory {
  const memory: Memory = {
    reserved: 0,
    windowSize(lane) {
      if (lane.breaker.open) return 1;
      const size = lane.quick || lane.pace > 1 ? settings.window : Math.max(settings.window >> 2, 1);
      const free = memory.full() ? 0 : settings.rowsInMemory - held.size - memory.reserved;
      return free >= size ? size : Math.max(Math.min(size, rowsOf(lane.window) + free), 1);
    },
    full: () => held.bytes >= settings.bytesInMemory || held.size + memory.reserved >= settings.rowsInMemory,
  };
  return memory;
}
