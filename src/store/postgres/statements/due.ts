// Statements of due deliveries.

import type { Ledger } from "../../ledger.ts";
import type { Context } from "../context.ts";
import type { Lines } from "./lines.ts";
import { notYet } from "../not-yet.ts";

export type DueOperations = Pick<Ledger, "readDue" | "supersede" | "spill">;

export function createDue(_context: Context, _lines: Lines): DueOperations {
  return {
    readDue: () => notYet("readDue"),
    supersede: () => notYet("supersede"),
    spill: () => notYet("spill"),
  };
}
