// Doors and panels: nothing is concluded here, but every reference to the model becomes the number by which the vendor's
// clients know it, and the building is found.

import type { BuildingModel, Building } from "../building/building.ts";
import { numberedMethod, numberIn, numberOrNull, type Reference } from "../building/reference.ts";
import type { EntryMethod } from "../model/fact.ts";
import type { AccessObservation, CallObservation } from "../model/observation.ts";
import { type Fold, nothing } from "./state.ts";

/** The building is that of the access point, else of the unit, the tenant or the credential; in none nothing follows. */
export function foldAccess({ at, data }: AccessObservation, building: BuildingModel): Fold {
  const method = data.entry_method ?? null;
  const place =
    homeOf(building.accessPoints, data.access_point) ??
    homeOf(building.units, data.unit) ??
    homeOf(building.tenants, data.tenant_id) ??
    (typeof method === "object" && method !== null ? homeOfCredential(method, building) : undefined);
  if (place === undefined) return nothing;
  const entry = {
    id: data.id,
    logged_at: data.logged_at,
    access_point: numberIn(building.accessPoints, data.access_point),
    release_status: data.release_status,
    name: data.name ?? null,
    release_type: data.release_type ?? null,
    unit: numberOrNull(building.units, data.unit),
    tenant_id: numberOrNull(building.tenants, data.tenant_id),
    entry_method: numberedMethod(method, building),
    image_url: data.image_url ?? null,
  };
  return { facts: [{ kind: "access", at, revision: 0, building: place.id, data: entry }], changed: [] };
}

/** The building is the one named, else that of the device, the unit or the tenant; in none nothing follows. */
export function foldCall({ at, data }: CallObservation, building: BuildingModel): Fold {
  const { recipient } = data;
  const device = data.device ?? null;
  const place =
    (data.building_id === undefined ? undefined : building.buildings.get(data.building_id)) ??
    homeOf(building.devices, device?.id) ??
    homeOf(building.units, data.unit?.id) ??
    (recipient.type === "Tenant" ? homeOf(building.tenants, recipient.id) : undefined);
  if (place === undefined) return nothing;
  const call = {
    id: data.id,
    guid: data.guid,
    building_id: data.building_id === undefined ? place.number : numberIn(building.buildings, data.building_id),
    logged_at: data.logged_at,
    notification_type: data.notification_type,
    recipient: { id: numberOrNull(building.tenants, recipient.id), type: recipient.type },
    unit: data.unit === undefined || data.unit === null ? null : { id: numberIn(building.units, data.unit.id) },
    device:
      device === null
        ? null
        : {
            id: numberIn(building.devices, device.id),
            name: device.name ?? building.devices.get(device.id)?.name ?? "",
          },
    status: data.status ?? null,
    image_url: data.image_url ?? null,
  };
  return { facts: [{ kind: "call", at, revision: 0, building: place.id, data: call }], changed: [] };
}

function homeOf(
  records: { get(id: Reference): { readonly building: Building } | undefined },
  id: Reference | null | undefined,
): Building | undefined {
  return id === null || id === undefined ? undefined : records.get(id)?.building;
}

function homeOfCredential(method: Exclude<EntryMethod, string | null>, building: BuildingModel): Building | undefined {
  return "keychain" in method
    ? homeOf(building.keychains, method.keychain)
    : homeOf(building.accessTools, method.access_tool);
}
