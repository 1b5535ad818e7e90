// Statements that bring deliveries forward.

import type { Ledger } from "../../ledger.ts";
import type { Context } from "../context.ts";
import { notYet } from "../not-yet.ts";

export type HastenOperations = Pick<Ledger, "hasten" | "hastenOne">;

export function createHasten(_context: Context): HastenOperations {
  return {
    hasten: () => notYet("hasten"),
    hastenOne: () => notYet("hastenOne"),
  };
}
