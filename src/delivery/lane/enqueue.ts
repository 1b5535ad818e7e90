// Accepted deliveries on their way into the memory of their lanes: the engine's side of the enqueue port.

import type { Clock } from "../../clock.ts";
import type { DueDelivery } from "../../store/owed.ts";
import type { Lanes } from "./lanes.ts";
import type { ResidentRows } from "./resident.ts";
import type { Enqueuer } from "../enqueue-port.ts";
import { isBackingOff, type Lane } from "./lane.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import * as buffers from "./buffer.ts";

export interface EnqueuerDeps {
  readonly clock: Clock;
  readonly lanes: Pick<Lanes, "lane" | "dropIfIdle">;
  readonly resident: ResidentRows;
  readonly budget: MemoryBudget;
  /** Whether the memory has no room for the lane now. */
  readonly mustWait: (lane: Lane) => boolean;
  readonly running: () => boolean;
  readonly spill: (lane: Lane, deliveries: readonly DueDelivery[]) => void;
  /** A place is promised. */
  readonly onReserved: () => void;
  /** More is owed to the lane, which may want the latest states only. */
  readonly supersedeLater: (lane: Lane) => void;
  /** Something about the lane has changed. */
  readonly touch: (lane: Lane) => void;
}

export function createEnqueuer(deps: EnqueuerDeps): Enqueuer {
  const { clock, lanes, resident, budget, mustWait, running, spill, touch } = deps;
  return {
    reserve(number) {
      const lane = lanes.lane(number);
      const mayStay = !lane.inOrder && lane.latest === null;
      const open = mayStay && running() && !lane.barred && !isBackingOff(lane, clock.monotonic()) && !mustWait(lane);
      const room = buffers.reserve(lane.buffer, open ? budget.bufferSize(lane) : 0);
      if (!room) touch(lane);
      else {
        budget.reserved++;
        deps.onReserved();
      }
      return room;
    },
    release(number) {
      budget.reserved--;
      const lane = lanes.lane(number);
      lane.buffer.reserved--;
      lanes.dropIfIdle(lane);
      touch(lane);
    },
    enqueue(delivery) {
      budget.reserved--;
      const lane = lanes.lane(delivery.lane);
      // What the stop does not deliver is owed still, and the next start finds it.
      if (!running() || lane.removed) {
        lane.buffer.reserved--;
        lanes.dropIfIdle(lane);
      } else if (lane.barred) {
        lane.buffer.reserved--;
        spill(lane, [delivery]);
      } else {
        if (!buffers.add(lane.buffer, delivery, resident)) spill(lane, [delivery]);
        touch(lane);
      }
    },
    readLater(number, deliveryClass, due) {
      const lane = lanes.lane(number);
      buffers.spilled(lane.buffer, deliveryClass, due);
      deps.supersedeLater(lane);
      touch(lane);
    },
  };
}
