// Doors and panels: nothing is concluded here, but every reference to the model becomes the number by which the vendor's
// clients know it, and the building is found.

import type { BuildingModel, Building } from "../building/building.ts";
import { numberedMethod, numberIn, numberOrNull, type Reference } from "../building/reference.ts";
import type { EntryMethod, Fact } from "../model/fact.ts";
import type { AccessObservation, CallObservation } from "../model/observation.ts";

/** The building is that of the access point, else of the unit, the tenant or the credential; in none nothing follows. */
export function foldAccess({ at, data }: AccessObservation, model: BuildingModel): readonly Fact[] {
  const method = data.entry_method ?? null;
  const place =
    homeOf(model.accessPoints, data.access_point) ??
    homeOf(model.units, data.unit) ??
    homeOf(model.tenants, data.tenant_id) ??
    (typeof method === "object" && method !== null ? homeOfCredential(method, model) : undefined);
  if (place === undefined) return [];
  const entry = {
    id: data.id,
    logged_at: data.logged_at,
    access_point: numberIn(model.accessPoints, data.access_point),
    release_status: data.release_status,
    name: data.name ?? null,
    release_type: data.release_type ?? null,
    unit: numberOrNull(model.units, data.unit),
    tenant_id: numberOrNull(model.tenants, data.tenant_id),
    entry_method: numberedMethod(method, model),
    image_url: data.image_url ?? null,
  };
  return [{ kind: "access", at, revision: 0, building: place.id, data: entry }];
}

/** The building is the one named, else that of the device, the unit or the tenant; in none nothing follows. */
export function foldCall({ at, data }: CallObservation, model: BuildingModel): readonly Fact[] {
  const { recipient } = data;
  const device = data.device ?? null;
  const place =
    (data.building_id === undefined ? undefined : model.buildings.get(data.building_id)) ??
    homeOf(model.devices, device?.id) ??
    homeOf(model.units, data.unit?.id) ??
    (recipient.type === "Tenant" ? homeOf(model.tenants, recipient.id) : undefined);
  if (place === undefined) return [];
  const call = {
    id: data.id,
    guid: data.guid,
    building_id: data.building_id === undefined ? place.number : numberIn(model.buildings, data.building_id),
    logged_at: data.logged_at,
    notification_type: data.notification_type,
    recipient: { id: numberOrNull(model.tenants, recipient.id), type: recipient.type },
    unit: data.unit === undefined || data.unit === null ? null : { id: numberIn(model.units, data.unit.id) },
    device:
      device === null
        ? null
        : {
            id: numberIn(model.devices, device.id),
            name: device.name ?? model.devices.get(device.id)?.name ?? "",
          },
    status: data.status ?? null,
    image_url: data.image_url ?? null,
  };
  return [{ kind: "call", at, revision: 0, building: place.id, data: call }];
}

function homeOf(
  records: { get(id: Reference): { readonly building: Building } | undefined },
  id: Reference | null | undefined,
): Building | undefined {
  return id === null || id === undefined ? undefined : records.get(id)?.building;
}

function homeOfCredential(method: Exclude<EntryMethod, string | null>, model: BuildingModel): Building | undefined {
  return "keychain" in method
    ? homeOf(model.keychains, method.keychain)
    : homeOf(model.accessTools, method.access_tool);
}
