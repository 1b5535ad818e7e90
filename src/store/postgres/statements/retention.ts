// Statements of retention.

import type { Ledger } from "../../ledger.ts";
import type { Context } from "../context.ts";
import { notYet } from "../not-yet.ts";

export type RetentionOperations = Pick<Ledger, "prune">;

export function createRetention(_context: Context): RetentionOperations {
  return {
    prune: () => notYet("prune"),
  };
}
