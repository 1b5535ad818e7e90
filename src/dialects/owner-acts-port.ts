// Port: what an owner has done beyond changing a subscription, whatever API asks. Whoever calls it has asked whether the key may
// act; `by` is its id, for the audit [organizations/owner-acts.ts].

import type { Subscription } from "../model/subscription.ts";
import type { TestDelivery } from "../model/test-delivery.ts";

export interface Retried {
  /** Deliveries that waited for a later try. */
  readonly retried: number;
  /** Whether the lane backed off. */
  readonly opened: boolean;
}

/** Acts that send throw CONFLICT on a subscription that is paused or disabled. */
export interface OwnerActsPort {
  /** The receiver may be called now: ends the back-off of the lane, if there is one. */
  open(subscription: Subscription, by: string): Promise<void>;
  /** All that waits in the lane is due now, and its back-off ends. */
  retry(subscription: Subscription, by: string): Promise<Retried>;
  /** One delivery that is owed is due now, and the back-off of its lane ends. Throws CONFLICT while it is under way. */
  retryOne(subscription: Subscription, delivery: number, by: string): Promise<void>;
  /** The event of a delivery is owed once more. Returns the number of the new delivery. Throws CONFLICT where the event is
   * no longer kept. */
  resend(subscription: Subscription, delivery: number, by: string): Promise<number>;
  /** Sends a sample of the type, whatever state the subscription is in; null: of the first that it takes. Throws INVALID for a
   * type that there is not, TOO_MANY_REQUESTS while too many are under way. */
  test(subscription: Subscription, type: string | null, by: string): Promise<TestDelivery>;
}
