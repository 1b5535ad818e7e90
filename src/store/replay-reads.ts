// Values of the reads for replays [history.ts]: kept events from the first to the last, and how deliveries of a lane ended.

import type { DialectName } from "../model/event.ts";
import type { DeliveryState } from "../model/delivery.ts";

/** Numbers of events that were accepted between two times: behind `start`, up to `upTo`; a few beside them may be of others. */
export interface EventRange {
  readonly start: number;
  readonly upTo: number;
  /** Deliveries of these events have higher numbers. */
  readonly deliveriesAfter: number;
  /** When the oldest event that is kept, of whomever, was accepted, epoch ms; null: there is none. */
  readonly keptFrom: number | null;
}

export interface KeptQuery {
  readonly organization: string;
  readonly dialect: DialectName;
  readonly types: readonly string[];
  /** Numbers: behind `after`, up to `upTo`. */
  readonly after: number;
  readonly upTo: number;
  /** Accepted then or later, and before; epoch ms. */
  readonly from: number;
  readonly to: number;
  /** With their bodies. */
  readonly bodies: boolean;
  /** Events at most. */
  readonly limit: number;
}

export interface KeptEvent {
  readonly number: number;
  readonly id: string;
  readonly dialect: DialectName;
  readonly type: string;
  readonly subject: string;
  /** Moment of sensing, epoch ms. */
  readonly at: number;
  readonly acceptedAt: number;
  /** JSON text; null in events of early releases. */
  readonly scopes: string | null;
  /** null: it was not asked for. */
  readonly body: string | null;
}

export interface KeptPage {
  /** In ascending order of numbers. */
  readonly events: readonly KeptEvent[];
  /** Everything up to this number was looked at; `upTo`: this was the last page. */
  readonly reached: number;
  /** When the last event up to there was accepted, epoch ms; null: there is none. */
  readonly reachedAt: number | null;
}

export interface EndedQuery {
  readonly organization: string;
  readonly lane: number;
  /** Deliveries with a higher number. */
  readonly after: number;
}

export interface EndedPage {
  /** In ascending order of numbers. `ending`: null, it is still owed. */
  readonly deliveries: readonly {
    readonly event: number;
    readonly ending: Exclude<DeliveryState, "pending" | "held"> | null;
  }[];
  /** Ask for the next page with it; null: this was the last. */
  readonly reached: number | null;
}
