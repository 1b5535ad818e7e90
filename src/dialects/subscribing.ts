// Port: what a dialect says of its subscriptions, whatever API makes or changes them: who may be meant, which types and filters
// there are, what stands in the way. Pure. Name, URL, credentials and pace follow the same rules everywhere, and are not asked here.

import type { BuildingModel } from "../building/building.ts";
import type { Problem } from "../errors.ts";
import type { Subscription, SubscriptionScope } from "../model/subscription.ts";

/** A type under a name by which it can be subscribed, of all records or of one (id or number). */
export interface WantedType {
  readonly type: string;
  readonly resource: string | null;
}

/** Absent: stays as it is. */
export interface Wanted {
  readonly types?: readonly WantedType[] | undefined;
  /** As somebody wrote them; null: none. */
  readonly filters?: unknown;
  readonly sendOnValueChange?: boolean | undefined;
}

export interface Around {
  /** All other subscriptions of the organization. */
  readonly others: readonly Subscription[];
  /** null: the organization has none. */
  readonly model: BuildingModel | null;
}

export interface Subscribing {
  /** For whom a subscription may be. */
  readonly scopes: readonly SubscriptionScope["kind"][];
  /** Whether receivers may be called with a key in a header, and with basic authentication. */
  readonly hasCredentials: boolean;
  /** What the vendor's API calls a new one, by its number in the store. */
  id(number: number): string;
  /** `before` with what is wanted of it; or every fault, with paths such as `types[0].resource`. */
  take(before: Subscription, wanted: Wanted, around: Around): Subscription | readonly Problem[];
  /** Why there may be no further one of this scope; null: there may. */
  full(scope: SubscriptionScope, others: readonly Subscription[]): Problem | null;
}
