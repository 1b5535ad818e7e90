// The asset queries: who may, and which records [clients.md §1.1]. Everything is of the organization for which the key acts,
// so an id of another one is an id that does not exist.

import { normalMac } from "../../../building/mac.ts";
import { bareSensorId } from "../../../building/sensor-id.ts";
import { BelfryError } from "../../../errors.ts";
import type { PlacePort } from "../../place-port.ts";
import type { Asker, Resolvers } from "../graphql/schema.ts";
import { mustRead, type OrganizationList, organizationFor } from "../organization.ts";
import { emptyIndex, type HiveNode, type PlaceIndex, placeIndex, type SensorNode } from "./place-index.ts";
import { tagged } from "./tag-index.ts";
import { withIds } from "./values.ts";

export interface AssetQueryDeps {
  readonly registry: OrganizationList;
  readonly place: Pick<PlacePort, "model">;
}

type Ids = readonly string[] | null | undefined;

interface Named {
  readonly id?: string | null;
  readonly customID?: string | null;
}

interface SensorFilters {
  readonly ids?: Ids;
  readonly mac_addresses?: Ids;
  readonly floor_ids?: Ids;
  readonly room_ids?: Ids;
  readonly hive_ids?: Ids;
  readonly hive_serials?: Ids;
}

interface HiveFilters {
  readonly ids?: Ids;
  readonly serial_numbers?: Ids;
}

interface ByTags {
  readonly tagIDs?: Ids;
  readonly useOR?: boolean | null;
}

export function assetQueries({ registry, place }: AssetQueryDeps): Resolvers {
  const indexFor = async ({ who, organizationHeader }: Asker): Promise<PlaceIndex> => {
    const organization = await organizationFor(who, organizationHeader, registry);
    mustRead(who, organization);
    const model = await place.model(organization);
    return model === null ? emptyIndex(organization) : placeIndex(model);
  };

  /** `{ data: […] }` of what is found in the place. */
  const listOf =
    <Args, Node>(find: (index: PlaceIndex, args: Args) => Iterable<Node>) =>
    async (_: unknown, args: Args, asker: Asker) => ({ data: [...find(await indexFor(asker), args)] });

  const one =
    <Node extends { readonly document: { readonly id: string; readonly customID?: string } }>(
      all: (index: PlaceIndex) => ReadonlyMap<string, Node>,
    ) =>
    async (_: unknown, named: Named, asker: Asker) =>
      findOne(all(await indexFor(asker)), named);

  return {
    Query: {
      sites: listOf(({ sites }) => sites.values()),
      site: one(({ sites }) => sites),
      buildings: listOf(({ buildings }) => buildings.values()),
      building: one(({ buildings }) => buildings),
      floors: listOf(({ floors }, { ids }: { ids?: Ids }) => withIds([...floors.values()], ids)),
      floor: one(({ floors }) => floors),
      rooms: listOf(({ rooms }, { ids }: { ids?: Ids }) => withIds([...rooms.values()], ids)),
      room: one(({ rooms }) => rooms),
      zones: listOf(({ zones }, { ids }: { ids?: Ids }) => withIds([...zones.values()], ids)),
      zone: one(({ zones }) => zones),
      sensors: listOf(findSensors),
      hives: listOf(findHives),
      tags: async (_: unknown, { ids }: { ids?: Ids }, asker: Asker) => {
        const all = [...(await indexFor(asker)).tags.values()];
        const wanted = ids === undefined || ids === null ? null : new Set(ids);
        return wanted === null ? all : all.filter(({ id }) => wanted.has(id));
      },
      floorsByTag: listOf(({ floors }, by: ByTags) => tagged(floors.values(), by.tagIDs ?? [], by.useOR === true)),
      roomsByTag: listOf(({ rooms }, by: ByTags) => tagged(rooms.values(), by.tagIDs ?? [], by.useOR === true)),
      zonesByTag: listOf(({ zones }, by: ByTags) => tagged(zones.values(), by.tagIDs ?? [], by.useOR === true)),
    },
  };
}

/** By id; where none is given, the first with the customer's id, which need not be unique. */
function findOne<Node extends { readonly document: { readonly customID?: string } }>(
  all: ReadonlyMap<string, Node>,
  { id, customID }: Named,
): Node | null {
  if (id !== undefined && id !== null) return all.get(id) ?? null;
  if (customID !== undefined && customID !== null) {
    return [...all.values()].find(({ document }) => document.customID === customID) ?? null;
  }
  throw new BelfryError("INVALID", "Say which one: give id or customID.");
}

/** Payloads name a sensor without its prefix, so here either way will do. */
function findSensors({ sensors }: PlaceIndex, filters: SensorFilters): SensorNode[] {
  const ids = among(filters.ids?.map(bareSensorId));
  const macs = among(filters.mac_addresses?.map((mac) => normalMac(mac) ?? mac));
  const [floors, rooms] = [among(filters.floor_ids), among(filters.room_ids)];
  const [hives, serials] = [among(filters.hive_ids), among(filters.hive_serials)];
  return [...sensors.values()].filter(
    ({ document, floor, room, hive }) =>
      ids(bareSensorId(document.id)) &&
      macs(document.mac_address) &&
      floors(floor.document.id) &&
      rooms(room?.document.id) &&
      hives(hive?.document.id) &&
      serials(hive?.document.serialNumber ?? document.hive_serial),
  );
}

function findHives({ hives }: PlaceIndex, filters: HiveFilters): HiveNode[] {
  const [ids, serials] = [among(filters.ids), among(filters.serial_numbers)];
  return [...hives.values()].filter(({ document }) => ids(document.id) && serials(document.serialNumber));
}

/** Whether a value is in the list; anything is where there is no list. */
function among(list: Ids): (value: string | undefined) => boolean {
  if (list === undefined || list === null) return () => true;
  const values = new Set<string | undefined>(list);
  return (value) => value !== undefined && values.has(value);
}
