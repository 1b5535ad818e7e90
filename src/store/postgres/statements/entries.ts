// Statements of entries.

import type { Ledger } from "../../ledger.ts";
import type { Context } from "../context.ts";
import { notYet } from "../not-yet.ts";

export type EntryReadsOperations = Pick<Ledger, "findCall">;

export function createEntryReads(_context: Context): EntryReadsOperations {
  return {
    findCall: () => notYet("findCall"),
  };
}
