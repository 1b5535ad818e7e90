// Port: alerts, as the operator API asks for them.

import type { Subscription } from "../model/subscription.ts";

export interface AlertsPort {
  /** Sends a test to the target, and to nobody else. Ids of its event and its delivery. Throws CONFLICT where the target is
   * disabled, and NOT_FOUND where it was removed meanwhile. */
  test(target: Subscription): Promise<{ readonly event: string; readonly delivery: string }>;
}
