// Statements of minutes.

import type { Ledger } from "../../ledger.ts";
import type { Context } from "../context.ts";
import { notYet } from "../not-yet.ts";

export type MinuteReadsOperations = Pick<Ledger, "readMinutes">;

export function createMinuteReads(_context: Context): MinuteReadsOperations {
  return {
    readMinutes: () => notYet("readMinutes"),
  };
}
