// A receiver that answers 410 is gone: its lane starts nothing more at once, and its subscription is disabled.

import type { Subscription } from "../../model/subscription.ts";
import { type BackgroundOptions, createBackgroundLoop } from "../background-loop.ts";
import type { Lane } from "../lane/lane.ts";

export interface DisableGoneDeps extends BackgroundOptions {
  /** Must do nothing if the subscription was changed since. */
  readonly disable: (subscription: Subscription, reason: string) => Promise<void>;
}

interface Gone {
  readonly lane: Lane;
  readonly since: number;
}

/** Returns a function for a lane whose endpoint, as it stands now, answered 410; it says whether that bars the lane. */
export function createDisableGone(deps: DisableGoneDeps): (lane: Lane) => boolean {
  const gone: Gone[] = [];

  async function step(): Promise<0 | null> {
    const first = gone.shift();
    if (first === undefined) return null;
    const { lane, since } = first;
    // Somebody has changed it meanwhile, which disables nothing any more.
    if (lane.goneSince !== since || lane.subscription === null) return 0;
    try {
      await deps.disable(lane.subscription, "The receiver answered 410 Gone.");
      return 0;
    } catch (error) {
      // Behind the others, which may belong to organizations that can be written.
      gone.push(first);
      throw error;
    }
  }

  const message = "A subscription whose receiver is gone could not be disabled; trying again.";
  const loop = createBackgroundLoop(step, message, deps);
  return (lane) => {
    if (lane.goneSince !== null || lane.subscription === null) return false;
    const { barred: wasBarred } = lane;
    const since = lane.subscription.updatedAt;
    lane.goneSince = since;
    lane.barred = true;
    gone.push({ lane, since });
    loop.wake();
    return !wasBarred;
  };
}
