// Port: what happened. Reads for log, console and exports, on a connection of their own that can write nothing and
// cannot hold up the ledger. Newest first; cursors are opaque to callers of the API.

import type { OutcomeCode } from "../model/attempt.ts";
import type { DeliveryState } from "../model/delivery.ts";
import type { DialectName } from "../model/event.ts";
import type { AuditEntry } from "./registry.ts";

export interface EventView {
  readonly number: number;
  readonly id: string;
  readonly organization: string;
  readonly dialect: DialectName;
  readonly type: string;
  readonly subject: string;
  readonly at: number;
  readonly acceptedAt: number;
  readonly revision: number;
  readonly body: string;
}

export interface DeliveryView {
  readonly number: number;
  readonly event: string;
  readonly type: string;
  readonly organization: string;
  /** Public id of the subscription; still known after it was removed. */
  readonly subscription: string;
  /** `held`: owed by a disabled subscription, or in quarantine, as `last` says then. */
  readonly state: DeliveryState;
  /** Requests made so far. */
  readonly attempts: number;
  readonly createdAt: number;
  /** When the next attempt is due; null when there will be none. */
  readonly due: number | null;
  /** The last attempt, null before the first. */
  readonly last: AttemptView | null;
}

export interface AttemptView {
  readonly attempt: number;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly code: OutcomeCode;
  readonly status: number | null;
  readonly detail: string | null;
  readonly responseBytes: number;
  /** First bytes of the response, where kept. */
  readonly response: Uint8Array | null;
}

export interface PageRequest {
  readonly limit: number;
  /** Only entries with a lower number; from the page before. */
  readonly before: number | null;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Give it as `before` to go on; null at the end. */
  readonly before: number | null;
}

export interface EventQuery extends PageRequest {
  /** Null: all. */
  readonly organization: string | null;
  readonly type: string | null;
  /** Accepted at or after, epoch ms. */
  readonly since: number | null;
}

export interface DeliveryQuery extends PageRequest {
  readonly organization: string | null;
  /** Public id of a subscription. */
  readonly subscription: string | null;
  readonly state: DeliveryState | null;
  /** Created at or after, epoch ms. */
  readonly since: number | null;
}

export interface Totals {
  readonly observations: number;
  readonly events: number;
  /** Owed still. */
  readonly pending: number;
  readonly attempts: number;
}

export interface History {
  events(query: EventQuery): Promise<Page<EventView>>;
  event(organization: string | null, id: string): Promise<EventView | null>;
  deliveries(query: DeliveryQuery): Promise<Page<DeliveryView>>;
  delivery(number: number): Promise<DeliveryView | null>;
  /** All attempts of one delivery, first to last; where it was cancelled, a closing row that made no request ends them. */
  attempts(delivery: number): Promise<readonly AttemptView[]>;
  audit(query: PageRequest): Promise<Page<AuditEntry>>;
  totals(): Promise<Totals>;
}
