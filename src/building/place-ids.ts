// Every id of a model, for the registry.

import type { PlaceId } from "../model/place-id.ts";
import type { ModelDocument } from "./document.ts";
import { recordsOf } from "./records.ts";

/** Of a model whose numbers are assigned. */
export function placeIdsOf(document: ModelDocument): PlaceId[] {
  const ids: PlaceId[] = [];
  for (const { kind, record } of recordsOf(document)) {
    ids.push({ kind, id: record.id, number: record.butterflymx_id ?? null });
    if (kind === "sensor") {
      ids.push({ kind: "mac", id: (record as unknown as { mac_address: string }).mac_address, number: null });
    }
  }
  return ids;
}
