// From the rows of a delivery and of its attempts to what a reader sees. Pure; each store uses it.

import type { DeliveryState } from "../model/delivery.ts";
import { holdsDeliveries, type SubscriptionState } from "../model/subscription.ts";
import { closingRow, outcomeName, stateName } from "./codes.ts";
import type { AttemptView } from "./history.ts";

/** delivery.location of a delivery in quarantine. */
export const quarantine = 2;

export interface DeliveryRow {
  readonly lane: number;
  /** Of its subscription; null: that was removed. */
  readonly active: SubscriptionState | null;
  /** Only while it is owed. */
  readonly due?: number;
  readonly attempts?: number;
  readonly location?: number;
  /** Only when it has ended. */
  readonly state?: number | null;
}

export type AttemptRow = Omit<AttemptView, "code"> & { readonly code: number };

/** null: neither owed nor ended; retention is removing its rows. */
export function stateOf({ active, due, location, state }: DeliveryRow): DeliveryState | null {
  if (due !== undefined) return holdsDeliveries(active) || location === quarantine ? "held" : "pending";
  return state == null ? null : stateName(state);
}

/** A closing row has no number of its own: it follows the requests. */
export function attemptOf(row: AttemptRow, requests: number): AttemptView {
  const { attempt, code, ...rest } = row;
  return { ...rest, attempt: attempt === closingRow ? requests + 1 : attempt, code: outcomeName(code) };
}
