// Withdrawals as engines of the store keep them, and what follows from one for whoever asks for its event again. Pure.

import { BelfryError } from "../errors.ts";
import type { Scopes } from "../model/event.ts";
import { type Withdrawal, type WithdrawalReason, withdrawalReasons } from "../model/withdrawal.ts";

export interface StoredWithdrawal extends Withdrawal {
  /** Number of the last event that it takes away. */
  readonly upTo: number;
}

/** Of an event, as it stores them. */
export const scopesOf = (stored: string | null): Scopes => (stored === null ? {} : (JSON.parse(stored) as Scopes));

/** Refuses to send it once more. */
export const goesNoMore = (reason: WithdrawalReason): BelfryError =>
  new BelfryError("CONFLICT", `It goes there no more. ${withdrawalReasons[reason]}`);
