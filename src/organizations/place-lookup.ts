// Whose is this sensor, this door, this building? Ids are unique within an organization: a key of one looks into that one only,
// whatever others have. An operator's looks everywhere, by the registry's index of places, remembered until a model changes.
// Also the place as the vendors' APIs see it.

import type { BuildingModel } from "../building/building.ts";
import { normalMac } from "../building/mac.ts";
import type { PlacePort } from "../dialects/place-port.ts";
import type { PlaceKind } from "../model/place-id.ts";
import type { Registry } from "../store/registry.ts";
import { modelUnreadable, type Organizations } from "./organizations.ts";

/** The building model that holds the record. `several`: those of several organizations do, and the request must name one. */
export type Home = BuildingModel | "several" | null;

/** `organization`: look nowhere else; null: everywhere. */
export interface PlaceLookup extends PlacePort {
  sensor(id: string, organization: string | null): Promise<Home>;
  hive(id: string, organization: string | null): Promise<Home>;
  accessPoint(id: string | number, organization: string | null): Promise<Home>;
  building(id: string | number, organization: string | null): Promise<Home>;
  device(id: string | number, organization: string | null): Promise<Home>;
}

/** Most places remembered; more are simply looked up again. */
const mostRemembered = 100_000;

export function createPlaceLookup(registry: Registry, organizations: Organizations): PlaceLookup {
  const remembered = new Map<string, string>();
  /** An id that one organization had may now be in several. Rises, so that a look-up under way does not remember what was. */
  let changes = 0;
  organizations.listen((_, { isNewModel }) => {
    if (!isNewModel) return;
    remembered.clear();
    changes++;
  });

  const model: PlaceLookup["model"] = async (organization, revision = 0) => {
    const found = await organizations.at(organization, revision);
    if (found?.isModelUnreadable === true) throw modelUnreadable(organization);
    return found?.model ?? null;
  };

  const modelWith = async (organization: string, holds: (model: BuildingModel) => boolean) => {
    const found = await model(organization);
    return found !== null && holds(found) ? found : null;
  };

  const findAnywhere = async (
    name: string,
    candidates: readonly (readonly [PlaceKind, string])[],
    holds: (model: BuildingModel) => boolean,
  ): Promise<Home> => {
    const known = remembered.get(name);
    if (known !== undefined) return modelWith(known, holds);
    const before = changes;
    const places = await Promise.all(candidates.map(([kind, id]) => registry.locate(kind, id, null)));
    const homes = new Set(places.flat().map(({ organization }) => organization));
    const models = await Promise.all([...homes].map((home) => modelWith(home, holds)));
    const [found = null, ...others] = models.filter((each) => each !== null);
    if (others.length > 0) return "several";
    if (found !== null && changes === before) {
      if (remembered.size >= mostRemembered) remembered.clear();
      remembered.set(name, found.organization.id);
    }
    return found;
  };

  /** `candidates`: the names under which the registry may know it. */
  const find = (
    name: string,
    organization: string | null,
    candidates: readonly (readonly [PlaceKind, string])[],
    holds: (model: BuildingModel) => boolean,
  ): Promise<Home> => (organization === null ? findAnywhere(name, candidates, holds) : modelWith(organization, holds));

  const accessPoint: PlaceLookup["accessPoint"] = (id, organization) =>
    find(
      `access_point ${id}`,
      organization,
      [["access_point", String(id)]],
      (model) => model.accessPoints.get(id) !== undefined,
    );

  const building: PlaceLookup["building"] = (id, organization) =>
    find(`building ${id}`, organization, [["building", String(id)]], (model) => model.buildings.get(id) !== undefined);

  return {
    async locate(kind, id, organization) {
      const homes =
        organization === null
          ? new Set((await registry.locate(kind, id, null)).map((place) => place.organization))
          : [organization];
      // The model has the last word: what the index says may be gone, or go by another id by now.
      const found = await Promise.all(
        [...homes].map(async (home) => ({ home, record: recordIn(await model(home), kind, id) })),
      );
      return found.flatMap(({ home, record }) =>
        record === undefined ? [] : [{ kind, id: record.id, number: record.number ?? null, organization: home }],
      );
    },
    model,
    accessPoint,
    building,
    device: (id, organization) =>
      find(`device ${id}`, organization, [["device", String(id)]], (model) => model.devices.get(id) !== undefined),
    sensor: (id, organization) =>
      find(`sensor ${id}`, organization, namesOfSensor(id), (model) => model.sensors.get(id) !== undefined),
    hive: (id, organization) =>
      find(`hive ${id}`, organization, [["hive", id]], (model) => model.hives.get(id) !== undefined),
    async buildingOf(id, organization) {
      const holder = await ("building" in id
        ? building(id.building, organization)
        : accessPoint(id.accessPoint, organization));
      if (holder === null || holder === "several") return holder;
      const found =
        "building" in id ? holder.buildings.get(id.building) : holder.accessPoints.get(id.accessPoint)?.building;
      return found === undefined ? null : { building: holder, id: found.id };
    },
  };
}

/** Kinds that are asked for by name. */
const lists = {
  building: "buildings",
  floor: "floors",
  room: "rooms",
  zone: "zones",
  tenant: "tenants",
} as const satisfies Partial<Record<PlaceKind, keyof BuildingModel>>;

function recordIn(
  model: BuildingModel | null,
  kind: keyof typeof lists,
  id: string,
): { readonly id: string; readonly number?: number } | undefined {
  return model?.[lists[kind]].get(id);
}

function namesOfSensor(id: string): readonly (readonly [PlaceKind, string])[] {
  const mac = normalMac(id);
  const ids = [["sensor", id] as const, ["sensor", `sensor_${id}`] as const];
  return mac === null ? ids : [...ids, ["mac", mac] as const];
}
