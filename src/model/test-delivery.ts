// A test of a receiver: one real, signed delivery of a sample. It is kept nowhere and counted nowhere.

import type { Outcome } from "./attempt.ts";

export interface TestDelivery {
  /** What went out as `webhook-id`. */
  readonly id: string;
  readonly type: string;
  readonly body: string;
  /** Wall time, epoch ms. */
  readonly startedAt: number;
  /** What the receiver answered, with the secrets of the subscription masked. */
  readonly outcome: Outcome;
}
