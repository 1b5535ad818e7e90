// Statements that settle deliveries.

import type { Ledger } from "../../ledger.ts";
import type { Context } from "../context.ts";
import type { Lines } from "./lines.ts";
import { notYet } from "../not-yet.ts";

export type SettleOperations = Pick<Ledger, "settle" | "cancel">;

export function createSettle(_context: Context, _lines: Lines): SettleOperations {
  return {
    settle: () => notYet("settle"),
    cancel: () => notYet("cancel"),
  };
}
