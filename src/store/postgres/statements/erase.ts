// Statements that erase a person.

import type { Ledger } from "../../ledger.ts";
import type { Context } from "../context.ts";
import type { Lines } from "./lines.ts";
import { notYet } from "../not-yet.ts";

export type EraseOperations = Pick<Ledger, "erasePerson" | "emptyWal">;

export function createErase(_context: Context, _lines: Lines): EraseOperations {
  return {
    erasePerson: () => notYet("erasePerson"),
    emptyWal: () => notYet("emptyWal"),
  };
}
