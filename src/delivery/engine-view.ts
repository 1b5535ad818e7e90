// What the engine shows of itself as it stands: the status of a lane, and figures of all. Changes nothing.

import type { Clock } from "../clock.ts";
import type { LaneStatus } from "../model/lane.ts";
import type { Subscription } from "../model/subscription.ts";
import type { Attempts } from "./attempts.ts";
import type { Buffers } from "./lane/buffers.ts";
import { isBackingOff, type Lane } from "./lane/lane.ts";
import type { Lanes } from "./lane/lanes.ts";
import type { LocalShortage } from "./lane/local-shortage.ts";
import type { Scheduler } from "./lane/scheduler.ts";
import { type DeliveryStats, deliveryStats } from "./lane/stats.ts";
import { laneStatus } from "./lane/status.ts";
import type { WakeQueue } from "./lane/wake-queue.ts";
import type { OwnedLanes } from "./ownership.ts";
import type { Settler } from "./settle/settler.ts";
import type { Turn } from "./turn.ts";

export interface EngineView {
  statusOf(lane: Readonly<Lane>): LaneStatus;
  /** null: it has no subscription, or this process is not its owner. */
  lane(number: number): LaneStatus | null;
  /** Monotonic ms at which an attempt of the lane last began, -Infinity: none has; null: the lane is barred or backs off. */
  lastStartedAt(number: number): number | null;
  snapshot(): DeliveryStats;
}

export interface EngineViewDeps {
  readonly clock: Clock;
  readonly subscriptions: { get(lane: number): Subscription | undefined };
  readonly owned: Pick<OwnedLanes, "running" | "alive">;
  readonly lanes: Pick<Lanes, "lanes" | "peek">;
  readonly wakes: Pick<WakeQueue, "peek">;
  readonly turn: Pick<Turn, "whyIdle">;
  readonly attempts: Pick<Attempts, "inFlight">;
  readonly settler: Pick<Settler, "unwritten">;
  readonly shortage: Pick<LocalShortage, "count">;
  readonly scheduler: Pick<Scheduler, "slow">;
  readonly buffers: Pick<Buffers, "size">;
}

export function createEngineView(deps: EngineViewDeps): EngineView {
  const { clock, subscriptions, owned, lanes, wakes, turn } = deps;

  function statusOf(lane: Readonly<Lane>): LaneStatus {
    const at = wakes.peek();
    return laneStatus(lane, turn.whyIdle(lane, at), at, clock.monotonic());
  }

  return {
    statusOf,
    lane(number) {
      if (!owned.alive() || subscriptions.get(number) === undefined) return null;
      return statusOf(lanes.peek(number));
    },
    lastStartedAt(number) {
      const lane = lanes.peek(number);
      if (!owned.running() || lane.barred || isBackingOff(lane, clock.monotonic())) return null;
      return lane.lastStartedAt;
    },
    snapshot() {
      const at = wakes.peek();
      return deliveryStats(lanes.lanes(), at, clock.monotonic(), (lane) => turn.whyIdle(lane, at), {
        running: owned.running(),
        inFlight: deps.attempts.inFlight(),
        settling: deps.settler.unwritten(),
        postponed: deps.shortage.count(),
        slow: deps.scheduler.slow(),
        inMemory: deps.buffers.size(),
      });
    },
  };
}
