// What the door needs of a building model: which building a tenant lives in, and whether an access point or device is
// part of it. Read from the stored document of the same snapshot that a change is decided on.

import type { BuildingDocument, ModelDocument } from "../../building/document.ts";
import type { Pair } from "./types.ts";

/** The building with this id, or the one in which the tenant with this id lives. */
export function buildingAround(
  model: string | null,
  kind: "building" | "tenant",
  id: string,
): BuildingDocument | undefined {
  if (model === null) return undefined;
  const document = JSON.parse(model) as ModelDocument;
  return document.sites
    .flatMap((site) => site.buildings ?? [])
    .find((building) =>
      kind === "building" ? building.id === id : building.tenants?.some((tenant) => tenant.id === id),
    );
}

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
