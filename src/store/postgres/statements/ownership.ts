// Statements of a change of owner, and of marks and health of lanes.

import type { Ledger } from "../../ledger.ts";
import type { Context } from "../context.ts";
import type { Lines } from "./lines.ts";
import { notYet } from "../not-yet.ts";

export type OwnershipOperations = Pick<Ledger, "acquire" | "release" | "markStarted" | "clearMark" | "remember">;

export function createOwnership(_context: Context, _lines: Lines): OwnershipOperations {
  return {
    acquire: () => notYet("acquire"),
    release: () => notYet("release"),
    markStarted: () => notYet("markStarted"),
    clearMark: () => notYet("clearMark"),
    remember: () => notYet("remember"),
  };
}
