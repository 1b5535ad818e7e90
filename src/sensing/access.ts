// Doors and panels: nothing is concluded here, but every reference to the model becomes the number by which the vendor's
// clients know it, the building is found, and what only the model knows is filled in.

import type { BuildingModel, Building, Tenant } from "../building/building.ts";
import { numberedMethod, numberIn, numberOrNull, type Reference } from "../building/reference.ts";
import { type AccessFact, type AccessLog, type CallFact, type EntryMethod, ringing } from "../model/fact.ts";
import type { AccessObservation, CallObservation } from "../model/observation.ts";

/** The building is that of the access point, else of the unit, the tenant or the credential; in none nothing follows.
 * `number`: what the entry goes by. */
export function foldAccess(
  { id, at, data }: AccessObservation,
  number: number,
  model: BuildingModel,
): readonly AccessFact[] {
  const method = data.entry_method ?? null;
  const place =
    homeOf(model.accessPoints, data.access_point) ??
    homeOf(model.units, data.unit) ??
    homeOf(model.tenants, data.tenant_id) ??
    (typeof method === "object" && method !== null ? homeOfCredential(method, model) : undefined);
  if (place === undefined) return [];
  const tenant = data.tenant_id ?? onlyTenant(data.unit, model)?.number ?? null;
  const entry = {
    id: number,
    logged_at: data.logged_at,
    access_point: numberIn(model.accessPoints, data.access_point),
    release_status: data.release_status,
    name: data.name ?? nameOf(data, tenant, model),
    release_type: data.release_type ?? null,
    unit: numberOrNull(model.units, data.unit),
    tenant_id: numberOrNull(model.tenants, tenant),
    entry_method: numberedMethod(method, model),
    image_url: data.image_url ?? null,
  };
  return [{ kind: "access", at, revision: 0, building: place.id, sourceId: id, data: entry }];
}

/** The building is the one named, else that of the device, the unit or the tenant; in none nothing follows. */
export function foldCall({ id, at, data }: CallObservation, number: number, model: BuildingModel): readonly CallFact[] {
  const device = data.device ?? null;
  const recipient = recipientOf(data, model);
  const place =
    (data.building_id === undefined ? undefined : model.buildings.get(data.building_id)) ??
    homeOf(model.devices, device?.id) ??
    homeOf(model.units, data.unit?.id) ??
    (recipient.type === "Tenant" ? homeOf(model.tenants, recipient.id) : undefined);
  if (place === undefined) return [];
  const call = {
    id: number,
    guid: data.guid,
    building_id: data.building_id === undefined ? place.number : numberIn(model.buildings, data.building_id),
    logged_at: data.logged_at,
    notification_type: data.notification_type,
    recipient,
    unit: data.unit === undefined || data.unit === null ? null : { id: numberIn(model.units, data.unit.id) },
    device:
      device === null
        ? null
        : {
            id: numberIn(model.devices, device.id),
            name: device.name ?? model.devices.get(device.id)?.name ?? "",
          },
    status: data.status ?? ringing,
    image_url: data.image_url ?? null,
    provider: data.provider ?? null,
  };
  return [{ kind: "call", at, revision: 0, building: place.id, sourceId: id, data: call }];
}

/** A call to a unit is to the person who lives there alone. */
function recipientOf({ recipient, unit }: CallObservation["data"], model: BuildingModel) {
  const id = recipient.id ?? (recipient.type === "Tenant" ? (onlyTenant(unit?.id, model)?.number ?? null) : null);
  return { id: numberOrNull(model.tenants, id), type: recipient.type };
}

/** The one who lives in this unit; null: nobody, or several. */
function onlyTenant(unit: Reference | null | undefined, model: BuildingModel): Tenant | null {
  const home = unit === null || unit === undefined ? undefined : model.units.get(unit);
  const [first = null, second] = home === undefined ? [] : model.tenantsOfUnit(home.id);
  return second === undefined ? first : null;
}

/** The name of the person who came in, not of the one whose visitor or carrier did. Null: the model has none. */
function nameOf(
  { release_type, entry_method }: AccessObservation["data"],
  tenant: Reference | null,
  model: BuildingModel,
): AccessLog["name"] {
  const byPass = typeof entry_method === "object" && entry_method !== null && "keychain" in entry_method;
  if (tenant === null || byPass || (release_type ?? "Tenant") !== "Tenant") return null;
  return model.tenants.get(tenant)?.fullName ?? null;
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
