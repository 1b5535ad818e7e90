// Belfry disables a subscription whose receiver answered 410, or has failed for too long: its lane starts nothing more at
// once, and the store is told until it has written it. What it is owed stays, as `held`.

import type { Subscription } from "../../model/subscription.ts";
import { type BackgroundOptions, createBackgroundLoop } from "../background-loop.ts";
import type { Lane } from "../lane/lane.ts";

export interface DisableLaneDeps extends BackgroundOptions {
  /** Must do nothing if the subscription was changed since. */
  readonly disable: (subscription: Subscription, reason: string) => Promise<void>;
}

interface Disabled {
  readonly lane: Lane;
  readonly at: number;
  readonly reason: string;
}

/** Returns a function for a lane whose endpoint, as it stands now, is to be called no more, with the reason in words; it says
 * whether that bars the lane. */
export function createDisableLane(deps: DisableLaneDeps): (lane: Lane, reason: string) => boolean {
  const disabled: Disabled[] = [];

  async function step(): Promise<0 | null> {
    const first = disabled.shift();
    if (first === undefined) return null;
    const { lane, at, reason } = first;
    // Somebody has changed it meanwhile, which disables nothing any more.
    if (lane.disabledAt !== at || lane.subscription === null) return 0;
    try {
      await deps.disable(lane.subscription, reason);
      return 0;
    } catch (error) {
      // Behind the others, which may belong to organizations that can be written.
      disabled.push(first);
      throw error;
    }
  }

  const message = "A subscription could not be disabled; trying again.";
  const loop = createBackgroundLoop(step, message, deps);
  return (lane, reason) => {
    if (lane.disabledAt !== null || lane.subscription === null) return false;
    const { barred: wasBarred } = lane;
    const at = lane.subscription.updatedAt;
    lane.disabledAt = at;
    lane.barred = true;
    disabled.push({ lane, at, reason });
    loop.wake();
    return !wasBarred;
  };
}
