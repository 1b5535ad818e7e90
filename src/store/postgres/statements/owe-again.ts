// Statements that owe an event once more.

import type { Ledger } from "../../ledger.ts";
import type { Context } from "../context.ts";
import { notYet } from "../not-yet.ts";

export type OweAgainOperations = Pick<Ledger, "resend" | "replay">;

export function createOweAgain(_context: Context): OweAgainOperations {
  return {
    resend: () => notYet("resend"),
    replay: () => notYet("replay"),
  };
}
