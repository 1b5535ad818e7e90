// Port: alerts, as the operator API asks for them.

import type { AlertKind, AlertSubject } from "../model/alert.ts";
import type { DeliveryState } from "../model/delivery.ts";
import type { Subscription } from "../model/subscription.ts";

/** Something that is wrong at the moment. */
export interface OpenAlert {
  /** The same for all that is told of a matter; no other has it. */
  readonly key: string;
  readonly kind: AlertKind;
  readonly type: AlertSubject;
  readonly id: string;
  /** null: it has only its id. */
  readonly name: string | null;
  /** null: this server. */
  readonly organization: string | null;
  /** Whose it is; null: the whole organization's. */
  readonly building: string | null;
  readonly tenant: string | null;
  /** Epoch ms. */
  readonly since: number;
  readonly text: string;
  /** A heading of docs/alerts.md. */
  readonly help: string;
}

/** An alert that went out. */
export interface ToldAlert {
  /** Of its event. */
  readonly id: string;
  readonly kind: AlertKind | "test";
  /** It tells that something is over. */
  readonly ends: boolean;
  /** ISO 8601 */
  readonly at: string;
  readonly text: string;
  readonly help: string | null;
  readonly repeat: boolean;
  readonly about: readonly { readonly type: string; readonly id: string; readonly name: string | null }[];
  /** To whom it went: ids of the alert and of the delivery. */
  readonly deliveries: readonly { readonly alert: string; readonly delivery: string; readonly state: DeliveryState }[];
}

export interface AlertsPort {
  /** Sends a test to the target, and to nobody else. Ids of its event and its delivery. Throws CONFLICT where the target is
   * disabled, and NOT_FOUND where it was removed meanwhile. */
  test(target: Subscription): Promise<{ readonly event: string; readonly delivery: string }>;

  /** What is wrong at the moment, whether or not anybody has alerts. `organization`: with what it has; null: with anything, this
   * server included. */
  open(organization: string | null): Promise<readonly OpenAlert[]>;

  /** The last alerts that went to these, newest first, `limit` at most; of each target the last hundred. */
  told(targets: readonly Subscription[], limit: number): Promise<readonly ToldAlert[]>;
}
