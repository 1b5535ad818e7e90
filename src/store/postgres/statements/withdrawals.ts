// Statements of withdrawals.

import type { Ledger } from "../../ledger.ts";
import type { Context } from "../context.ts";
import { notYet } from "../not-yet.ts";

export type WithdrawOperations = Pick<Ledger, "withdraw">;

export function createWithdraw(_context: Context): WithdrawOperations {
  return {
    withdraw: () => notYet("withdraw"),
  };
}
