// Every id of a model, for the registry.

import { atOnce, forEach, type Steps } from "../steps.ts";
import type { PlaceId } from "../model/place-id.ts";
import type { ModelDocument } from "./document.ts";
import { recordsOf } from "./records.ts";

/** Of a model whose numbers are assigned. */
export function* placeIdsInSteps(document: ModelDocument): Steps<PlaceId[]> {
  const ids: PlaceId[] = [];
  yield* forEach(recordsOf(document), ({ kind, record }) => {
    ids.push({ kind, id: record.id, number: record.butterflymx_id ?? null });
    if (kind === "sensor") {
      ids.push({ kind: "mac", id: (record as unknown as { mac_address: string }).mac_address, number: null });
    }
  });
  return ids;
}

/** The same at once. */
export const placeIdsOf = (document: ModelDocument): PlaceId[] => atOnce(placeIdsInSteps(document));
