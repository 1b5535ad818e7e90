// How entries and calls name records of a building: by the record's id, or by the number that ButterflyMX clients know it
// by. Here a reference becomes that number. Pure.

import type { EntryMethod } from "../model/fact.ts";
import type { BuildingModel } from "./building.ts";

export type Reference = number | string;

type NumberedRecords = { get(id: Reference): { readonly number: number } | undefined };

/** The record's number. A record that the model does not know keeps the reference it was given, digits as an integer. */
export const numberIn = (records: NumberedRecords, id: Reference): Reference => records.get(id)?.number ?? integer(id);

export const numberOrNull = (records: NumberedRecords, id: Reference | null | undefined): Reference | null =>
  id === null || id === undefined ? null : numberIn(records, id);

/** The same for the keychain or access tool of an entry. */
export function numberedMethod(method: EntryMethod, model: BuildingModel): EntryMethod {
  if (method === null || typeof method === "string") return method;
  return "keychain" in method
    ? { keychain: numberIn(model.keychains, method.keychain) }
    : { access_tool: numberIn(model.accessTools, method.access_tool) };
}

/** The vendor documents integers: digits become one, any other id stays text [butterflymx.md §5]. */
export const integer = (id: Reference): Reference => (/^(?:0|[1-9]\d{0,14})$/.test(String(id)) ? Number(id) : id);
