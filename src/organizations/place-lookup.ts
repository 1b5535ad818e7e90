// Whose is this sensor, this door, this building? A key of one organization looks into that organization only; an
// operator's looks everywhere, by the registry's index of places, remembered. Also the place as the vendors' APIs see it.

import type { BuildingModel } from "../building/building.ts";
import { normalMac } from "../building/mac.ts";
import type { PlacePort } from "../dialects/place-port.ts";
import type { PlaceKind } from "../model/place-id.ts";
import type { Registry } from "../store/registry.ts";
import type { Organizations } from "./organizations.ts";

/** Each returns the building model that holds the record, or null. `organization`: look nowhere else. */
export interface PlaceLookup extends PlacePort {
  sensor(id: string, organization: string | null): Promise<BuildingModel | null>;
  hive(id: string, organization: string | null): Promise<BuildingModel | null>;
  accessPoint(id: string | number, organization: string | null): Promise<BuildingModel | null>;
  building(id: string | number, organization: string | null): Promise<BuildingModel | null>;
  device(id: string | number, organization: string | null): Promise<BuildingModel | null>;
}

/** Most places remembered; more are simply looked up again. */
const mostRemembered = 100_000;

export function createPlaceLookup(registry: Registry, organizations: Organizations): PlaceLookup {
  const remembered = new Map<string, string>();

  const model: PlaceLookup["model"] = async (organization, revision = 0) =>
    (await organizations.at(organization, revision))?.model ?? null;

  /** `holds` tells whether a model has the record: what is remembered may be out of date. */
  const find = async (
    name: string,
    candidates: readonly (readonly [PlaceKind, string])[],
    organization: string | null,
    holds: (model: BuildingModel) => boolean,
  ): Promise<BuildingModel | null> => {
    const known = organization ?? remembered.get(name);
    if (known !== undefined) {
      const building = await model(known);
      if (building !== null && holds(building)) return building;
      if (organization !== null) return null;
    }
    for (const [kind, id] of candidates) {
      const place = await registry.locate(kind, id);
      const building = place === null ? null : await model(place.organization);
      if (place === null || building === null || !holds(building)) continue;
      if (remembered.size >= mostRemembered) remembered.clear();
      remembered.set(name, place.organization);
      return building;
    }
    return null;
  };

  const accessPoint: PlaceLookup["accessPoint"] = (id, organization) =>
    find(
      `access_point ${id}`,
      [["access_point", String(id)]],
      organization,
      (model) => model.accessPoints.get(id) !== undefined,
    );

  const building: PlaceLookup["building"] = (id, organization) =>
    find(`building ${id}`, [["building", String(id)]], organization, (model) => model.buildings.get(id) !== undefined);

  return {
    locate: registry.locate,
    model,
    accessPoint,
    building,
    device: (id, organization) =>
      find(`device ${id}`, [["device", String(id)]], organization, (model) => model.devices.get(id) !== undefined),
    sensor(id, organization) {
      const mac = normalMac(id);
      const candidates: (readonly [PlaceKind, string])[] = [
        ["sensor", id],
        ["sensor", `sensor_${id}`],
      ];
      if (mac !== null) candidates.push(["mac", mac]);
      return find(`sensor ${id}`, candidates, organization, (model) => model.sensors.get(id) !== undefined);
    },
    hive: (id, organization) =>
      find(`hive ${id}`, [["hive", id]], organization, (model) => model.hives.get(id) !== undefined),
    async buildingOf(id) {
      if ("building" in id) {
        const holder = await building(id.building, null);
        const record = holder?.buildings.get(id.building);
        return holder === null || record === undefined ? null : { building: holder, id: record.id };
      }
      const holder = await accessPoint(id.accessPoint, null);
      const door = holder?.accessPoints.get(id.accessPoint);
      return holder === null || door === undefined ? null : { building: holder, id: door.building.id };
    },
  };
}
