// What follows for lanes when subscriptions change: they learn it, and give back rows that must not stay in memory. A lane that
// is removed has what it is owed cancelled.

import type { Clock } from "../clock.ts";
import type { Endpoint } from "../model/subscription.ts";
import type { Buffers } from "./lane/buffers.ts";
import type { LaneHealthStore } from "./lane/health.ts";
import type { Lane } from "./lane/lane.ts";
import type { Lanes } from "./lane/lanes.ts";

export interface SubscriptionChanges {
  /** The subscription of the lane may be another one now. */
  subscription(lane: Lane): void;
  /** The lane is held back from now on, or no longer: rows of it are being cancelled [lane/lanes.ts]. */
  heldBack(number: number): void;
  removed(lane: Lane): void;
}

export interface SubscriptionChangesDeps {
  readonly clock: Clock;
  readonly lanes: Pick<Lanes, "lane" | "refresh">;
  readonly health: Pick<LaneHealthStore, "onChanged">;
  readonly buffers: Pick<Buffers, "reload" | "unload">;
  /** Gives up the connections to this endpoint. */
  readonly drop: (endpoint: Endpoint) => void;
  /** Cancels what the lane is owed. */
  readonly cancel: (lane: number) => void;
  /** Rows of the lane may have moved: looks at it anew. */
  readonly onMoved: (lane: Lane) => void;
}

export function createSubscriptionChanges(deps: SubscriptionChangesDeps): SubscriptionChanges {
  const { clock, lanes, health, buffers } = deps;

  function subscription(lane: Lane): void {
    const { barred: wasBarred, inOrder: wasInOrder, latest: wasLatest, subscription: before } = lane;
    lanes.refresh(lane);
    if (before !== null && lane.subscription !== before) {
      health.onChanged(lane, before);
      if (before.updatedAt !== lane.subscription?.updatedAt) {
        deps.drop(before.endpoint);
        lane.lastHeldUpAt = clock.monotonic();
      }
    }
    if (lane.inOrder !== wasInOrder || lane.latest !== wasLatest) buffers.reload(lane);
    else if (lane.barred && !wasBarred) buffers.unload(lane);
    deps.onMoved(lane);
  }

  return {
    subscription,
    /** Rows that a read brought meanwhile, and those that were cancelled, must not stay in memory. */
    heldBack(number) {
      const lane = lanes.lane(number);
      subscription(lane);
      buffers.reload(lane);
    },
    removed(lane) {
      lane.removed = true;
      subscription(lane);
      deps.cancel(lane.number);
    },
  };
}
