// From the row of an entry to what a reader sees. Pure; each store uses it.

import { entryKindNumber, readyMadeKind } from "./codes.ts";
import type { EntryView } from "./history.ts";

/** `kind`: as it is stored. */
export type EntryRow = Omit<EntryView, "kind"> & { readonly kind: number };

export const entryOf = (row: EntryRow): EntryView => ({ ...row, ...kindOf(row.kind) });

function kindOf(number: number): Pick<EntryView, "kind" | "readyMade"> {
  const kind = number % readyMadeKind === entryKindNumber.access ? "access" : "call";
  return number < readyMadeKind ? { kind } : { kind, readyMade: true };
}
