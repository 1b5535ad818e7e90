// Every id of a model, for the registry, which keeps them unique over all organizations.

import type { ModelDocument } from "./document.ts";
import { type RecordKind, recordsOf } from "./records.ts";

/** `number` is the `butterflymx_id`; the kind `mac` is a sensor's MAC address. */
export interface PlaceEntry {
  readonly kind: RecordKind | "mac";
  readonly id: string;
  readonly number: number | null;
}

/** Of a model whose numbers are assigned. */
export function placesOf(document: ModelDocument): PlaceEntry[] {
  const places: PlaceEntry[] = [];
  for (const { kind, record } of recordsOf(document)) {
    places.push({ kind, id: record.id, number: record.butterflymx_id ?? null });
    if (kind === "sensor") {
      places.push({ kind: "mac", id: (record as unknown as { mac_address: string }).mac_address, number: null });
    }
  }
  return places;
}
