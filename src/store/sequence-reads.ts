// Values of the read of numbers [history.ts]: what a subscription was owed, in the order of its numbers, and what became of it.

import type { DeliveryState } from "../model/delivery.ts";
import type { DialectName } from "../model/event.ts";

export interface NumberedQuery {
  readonly organization: string;
  readonly lane: number;
  /** Numbers behind this one; 0: from the first. */
  readonly after: number;
  /** Items at most; a page may have fewer and not be the last. */
  readonly limit: number;
}

/** A delivery with the number that was given with it. Resends and replays, which keep the number, are not here. */
export interface NumberedDelivery {
  readonly sequence: number;
  /** Id of its event, and the event's type. */
  readonly event: string;
  readonly type: string;
  readonly dialect: DialectName;
  /** Number of the delivery. */
  readonly delivery: number;
  readonly state: DeliveryState;
  readonly variant: number;
  /** 0, or the number of the correction; and the value before it, as JSON text. */
  readonly revision: number;
  readonly previous: string | null;
  /** Text of the event; null: the subscription may have it no more, since its tenant has moved or is over. */
  readonly body: string | null;
}

/** Why numbers have no delivery. `forgotten`: retention or an erasure has removed it, and nobody knows any more how it ended.
 * `skipped_by_restore`: the database is a copy, and has left them out, since the original may have given them. */
export const rangeStates = ["forgotten", "skipped_by_restore"] as const;

/** Numbers without a delivery, from the first to the last. */
export interface NumbersWithoutDelivery {
  readonly sequence: number;
  readonly through: number;
  readonly state: (typeof rangeStates)[number];
}

export type NumberedItem = NumberedDelivery | NumbersWithoutDelivery;

export interface NumberedPage {
  /** In ascending order; together they tell every number behind `after` up to `reached`. */
  readonly items: readonly NumberedItem[];
  readonly reached: number;
  /** The last number that was given or left out. */
  readonly last: number;
}
