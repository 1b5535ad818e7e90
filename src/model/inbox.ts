// An inbox: an address of this server that keeps what is sent to it, for people who want to see what arrives. In memory only.

import type { AnswerSettings, ReceiverAnswer } from "./receiver-answer.ts";
import type { SubscriptionScope } from "./subscription.ts";

export interface Inbox {
  /** `inbox_…`: names it to those who may manage it. */
  readonly id: string;
  /** Whoever knows it may send to the inbox, see what arrived, and choose its answer. */
  readonly token: string;
  readonly organization: string;
  readonly scope: SubscriptionScope;
  readonly name: string | null;
  readonly answer: AnswerSettings;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** How many requests came, those that are no longer kept among them. */
  readonly received: number;
}

/** One request as it came. */
export interface Arrival {
  /** null: over HTTP. Else the organization whose delivery, test, heartbeat or alert was answered inside the process. */
  readonly sender: string | null;
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

export interface KeptRequest extends Omit<Arrival, "sender"> {
  /** 1, 2, 3, … in its inbox. */
  readonly number: number;
  /** Epoch ms. */
  readonly at: number;
  readonly isFromInside: boolean;
  /** The first bytes of it are kept: `bodyBytes` says how many there were. */
  readonly bodyBytes: number;
  readonly answered: ReceiverAnswer;
  /** With the secrets of the subscriptions that deliver here; null: it came over HTTP, or none does. */
  readonly verification: InboxVerification | null;
}

export interface InboxVerification {
  /** The subscription whose secret fits, else the first that delivers here. */
  readonly subscription: string;
  /** What is wrong with the signature; null: nothing. */
  readonly fault: string | null;
}
