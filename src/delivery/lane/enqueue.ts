// Freshly accepted deliveries on their way into the memory of their lanes: the engine's side of the intake.

import type { Clock } from "../../clock.ts";
import type { DueDelivery } from "../../store/ledger.ts";
import type { Lanes } from "./lanes.ts";
import type { ResidentRows } from "./resident.ts";
import type { Enqueuer } from "../enqueue-port.ts";
import { isPaused, type Lane } from "./lane.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import * as windows from "./buffer.ts";

export interface EnqueuerDeps {
  readonly clock: Clock;
  readonly lanes: Pick<Lanes, "lane" | "dropIfIdle">;
  readonly resident: ResidentRows;
  readonly budget: MemoryBudget;
  /** Whether the memory has no room for the lane now. */
  readonly mustWait: (lane: Lane) => boolean;
  readonly running: () => boolean;
  readonly spill: (lane: Lane, deliveries: readonly DueDelivery[]) => void;
  /** Something about the lane has changed. */
  readonly review: (lane: Lane) => void;
  /** There may be something to start. */
  readonly runSoon: () => void;
}

export function createEnqueuer(deps: EnqueuerDeps): Enqueuer {
  const { clock, lanes, resident, budget, mustWait, running, spill, review, runSoon } = deps;
  return {
    reserve(number) {
      const lane = lanes.lane(number);
      const open = running() && !lane.barred && !isPaused(lane, clock.monotonic()) && !mustWait(lane);
      const room = windows.reserve(lane.buffer, open ? budget.bufferSize(lane) : 0);
      if (room) budget.reserved++;
      else review(lane);
      return room;
    },
    release(number) {
      budget.reserved--;
      const lane = lanes.lane(number);
      lane.buffer.reserved--;
      lanes.dropIfIdle(lane);
      review(lane);
      runSoon();
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
        if (!windows.add(lane.buffer, delivery, resident)) spill(lane, [delivery]);
        review(lane);
        runSoon();
      }
    },
    spilled(number, deliveryClass, due) {
      const lane = lanes.lane(number);
      windows.spilled(lane.buffer, deliveryClass, due);
      review(lane);
      runSoon();
    },
  };
}
