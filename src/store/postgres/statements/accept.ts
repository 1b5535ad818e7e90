// Statements of acceptance: events with what is owed of them, and the progress of sensing.

import type { Ledger } from "../../ledger.ts";
import type { Context } from "../context.ts";
import { notYet } from "../not-yet.ts";

export type AcceptanceOperations = Pick<Ledger, "accept">;

export function createAcceptance(_context: Context): AcceptanceOperations {
  return {
    accept: () => notYet("accept"),
  };
}
