// Freshly accepted deliveries on their way into the memory of their lanes: the engine's side of the intake.

import type { Clock } from "../../clock.ts";
import type { DueDelivery } from "../../store/ledger.ts";
import type { Directory } from "./lanes.ts";
import type { Held } from "./resident.ts";
import type { Intake } from "../enqueue-port.ts";
import { isPaused, type Lane } from "./lane.ts";
import type { Memory } from "./memory-budget.ts";
import * as windows from "./buffer.ts";

export interface ReceptionDeps {
  readonly clock: Clock;
  readonly directory: Pick<Directory, "lane" | "tidy">;
  readonly held: Held;
  readonly memory: Memory;
  /** Whether the memory has no room for the lane now. */
  readonly waitsForRoom: (lane: Lane) => boolean;
  readonly running: () => boolean;
  readonly park: (lane: Lane, deliveries: readonly DueDelivery[]) => void;
  /** Something about the lane has changed. */
  readonly touch: (lane: Lane) => void;
  /** There may be something to start. */
  readonly pumpSoon: () => void;
}

export function createReception(deps: ReceptionDeps): Intake {
  const { clock, directory, held, memory, waitsForRoom, running, park, touch, pumpSoon } = deps;
  return {
    reserve(number) {
      const lane = directory.lane(number);
      const open = running() && !lane.barred && !isPaused(lane, clock.monotonic()) && !waitsForRoom(lane);
      const room = windows.reserve(lane.window, open ? memory.windowSize(lane) : 0);
      if (room) memory.reserved++;
      else touch(lane);
      return room;
    },
    release(number) {
      memory.reserved--;
      const lane = directory.lane(number);
      lane.window.reserved--;
      directory.tidy(lane);
      touch(lane);
      pumpSoon();
    },
    offer(delivery) {
      memory.reserved--;
      const lane = directory.lane(delivery.lane);
      // What the stop does not deliver is owed still, and the next start finds it.
      if (!running() || lane.removed) {
        lane.window.reserved--;
        directory.tidy(lane);
      } else if (lane.barred) {
        lane.window.reserved--;
        park(lane, [delivery]);
      } else {
        if (!windows.offer(lane.window, delivery, held)) park(lane, [delivery]);
        touch(lane);
        pumpSoon();
      }
    },
    parked(number, due) {
      const lane = directory.lane(number);
      windows.parkedFirst(lane.window, due);
      touch(lane);
      pumpSoon();
    },
  };
}
