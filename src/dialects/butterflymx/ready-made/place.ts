// The building that a ready-made event belongs to, by the query of the request or by what the data names.

import type { BuildingModel } from "../../../building/building.ts";
import type { Reference } from "../../../building/reference.ts";
import type { Addressee } from "../../dialect.ts";
import type { PlacePort } from "../../place-port.ts";
import type { AccessFields, CallFields } from "./fields.ts";
import { type EventMembers, isReference } from "./members.ts";
import { rejected, type Rejection } from "./rejection.ts";

type Buildings = Pick<PlacePort, "buildingOf">;
export type Located = Exclude<Awaited<ReturnType<Buildings["buildingOf"]>>, "several" | null>;

/** The building named by the query; without one, the building or else the access point that the data names. Those of other
 * organizations are not looked for. */
export async function locate(
  addressee: Addressee,
  data: EventMembers,
  place: Buildings,
): Promise<Located | "several" | null> {
  const find = (query: Parameters<Buildings["buildingOf"]>[0]) => place.buildingOf(query, addressee.organization);
  if (addressee.building !== null) return find({ building: addressee.building });
  const { building_id: building, access_point: accessPoint } = data;
  const byBuilding = isReference(building) ? await find({ building: String(building) }) : null;
  if (byBuilding !== null || !isReference(accessPoint)) return byBuilding;
  return find({ accessPoint: String(accessPoint) });
}

/** What is addressed to one building must not speak of another one: its subscribers would see a stranger's door. */
export function misplaced(
  { building: model, id }: Located,
  addressee: Addressee,
  data: EventMembers,
  fields: AccessFields | CallFields,
): Rejection | null {
  const named = data["building_id"];
  const homes = [
    isReference(named) ? model.buildings.get(named)?.id : undefined,
    fields.kind === "access" ? homeOf(model.accessPoints, fields.accessPoint) : homeOf(model.devices, fields.device),
  ];
  if (homes.some((home) => home !== undefined && home !== id)) {
    return rejected("BUILDING_MISMATCH", `The data names a place of another building than ${id}.`);
  }
  if (addressee.unit !== null && homeOf(model.units, addressee.unit) !== id) {
    return rejected("UNKNOWN_UNIT", `There is no unit ${addressee.unit} in this building.`);
  }
  if (addressee.tenant !== null && homeOf(model.tenants, addressee.tenant) !== id) {
    return rejected("UNKNOWN_TENANT", `There is no tenant ${addressee.tenant} in this building.`);
  }
  return null;
}

function homeOf(
  records: BuildingModel["units"] | BuildingModel["tenants"] | BuildingModel["devices"],
  id: Reference | null,
) {
  return id === null ? undefined : records.get(id)?.building.id;
}
