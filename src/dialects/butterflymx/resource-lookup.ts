// Whether an access point or device is part of a building, read from the stored document of the same snapshot that a
// change is decided on.

import type { BuildingDocument } from "../../building/document.ts";
import type { Pair } from "./types.ts";

/** The model's id of a record that a client named by id or number. */
export function resourceIn(
  building: BuildingDocument | undefined,
  kind: Pair["resource"],
  given: string,
): string | undefined {
  const records = (kind === "access_point" ? building?.access_points : building?.devices) ?? [];
  const found =
    records.find((record) => record.id === given) ?? records.find((record) => String(record.butterflymx_id) === given);
  return found?.id;
}
