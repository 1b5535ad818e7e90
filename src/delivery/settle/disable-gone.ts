// A receiver that answers 410 is gone: its lane starts nothing more at once, and its subscription is disabled.

import type { Subscription } from "../../model/subscription.ts";
import type { Lane } from "../lane/lane.ts";
import { retryUntilDone, type RetryOptions } from "../retry-until-done.ts";

export interface DisableGoneDeps extends RetryOptions {
  /** Must do nothing if the subscription was changed since. */
  readonly disable: (subscription: Subscription, reason: string) => Promise<void>;
  /** The lane is barred: what it has in memory is not needed there. */
  readonly onBarred: (lane: Lane) => void;
  readonly onFailed: (error: unknown) => void;
}

/** What it returns takes the subscription as it was when the attempt began; it does nothing where the lane points
 * elsewhere since. */
export function createDisableGone(deps: DisableGoneDeps): (lane: Lane, subscription: Subscription) => void {
  return (lane, subscription) => {
    if (lane.goneSince !== null || lane.subscription?.endpoint.url !== subscription.endpoint.url) return;
    const since = lane.subscription.updatedAt;
    lane.goneSince = since;
    lane.barred = true;
    deps.onBarred(lane);
    void retryUntilDone(
      () => deps.disable(lane.subscription ?? subscription, "The receiver answered 410 Gone."),
      "A subscription whose receiver is gone could not be disabled; trying again.",
      { ...deps, keepTrying: () => deps.keepTrying() && lane.goneSince === since },
    ).catch(deps.onFailed);
  };
}
