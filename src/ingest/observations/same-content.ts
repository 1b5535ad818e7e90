// What an entry or a call says, whatever its records are called: by it a repeat under the same id is told from another
// observation. The building knows each record by an id and by a number; here the number stands for both. Pure.

import type { BuildingModel } from "../../building/building.ts";
import { numberedMethod, numberIn, numberOrNull } from "../../building/reference.ts";
import type { AccessDraft, CallDraft } from "./parse-access.ts";

/** Text that is equal for equal content. */
export function contentOfDoor(draft: AccessDraft | CallDraft, model: BuildingModel): string {
  return JSON.stringify(draft.kind === "access" ? numberedAccess(draft, model) : numberedCall(draft, model));
}

function numberedAccess({ data, ...draft }: AccessDraft, model: BuildingModel): AccessDraft {
  return {
    ...draft,
    device: numberOrNull(model.devices, draft.device),
    data: {
      ...data,
      access_point: numberIn(model.accessPoints, data.access_point),
      unit: numberOrNull(model.units, data.unit),
      tenant_id: numberOrNull(model.tenants, data.tenant_id),
      entry_method: numberedMethod(data.entry_method, model),
    },
  };
}

function numberedCall({ data, ...draft }: CallDraft, model: BuildingModel): CallDraft {
  const { building_id: building, unit, device, recipient } = data;
  return {
    ...draft,
    data: {
      ...data,
      building_id: numberOrNull(model.buildings, building),
      recipient: { ...recipient, id: numberOrNull(model.tenants, recipient.id) },
      unit: unit && { id: numberIn(model.units, unit.id) },
      device: device && { ...device, id: numberIn(model.devices, device.id) },
    },
  };
}
