// The place as asset queries walk it: every record of a building model with what is around it and in it. Made from a model
// at the first query after it changed.

import type { BuildingModel } from "../../../building/building.ts";
import type {
  BuildingDocument,
  FloorDocument,
  HiveDocument,
  RoomDocument,
  SensorDocument,
  SiteDocument,
  ZoneDocument,
} from "../../../building/document.ts";
import { indexTags, type TagNode } from "./tag-index.ts";

export interface SiteNode {
  readonly document: SiteDocument;
  readonly organization: string;
  readonly buildings: BuildingNode[];
}

export interface BuildingNode {
  readonly document: BuildingDocument;
  readonly site: SiteNode;
  readonly floors: FloorNode[];
}

export interface FloorNode {
  readonly document: FloorDocument;
  readonly building: BuildingNode;
  readonly rooms: RoomNode[];
  readonly zones: ZoneNode[];
  readonly hives: HiveNode[];
  readonly sensors: SensorNode[];
  readonly tags: TagNode[];
}

export interface RoomNode {
  readonly document: RoomDocument;
  readonly floor: FloorNode;
  readonly sensors: SensorNode[];
  readonly tags: TagNode[];
}

export interface ZoneNode {
  readonly document: ZoneDocument;
  readonly floor: FloorNode;
  /** Those that list the zone; a zone inherits nothing from its room [clients.md §1.1 rule 6]. */
  readonly sensors: SensorNode[];
  readonly tags: TagNode[];
}

export interface HiveNode {
  readonly document: HiveDocument;
  readonly floor: FloorNode;
  readonly room: RoomNode | null;
  readonly sensors: SensorNode[];
}

export interface SensorNode {
  readonly document: SensorDocument;
  readonly floor: FloorNode;
  readonly room: RoomNode | null;
  readonly zones: readonly ZoneNode[];
  readonly hive: HiveNode | null;
}

/** By id, in the order of the document. */
export interface PlaceIndex {
  readonly organization: string;
  readonly sites: ReadonlyMap<string, SiteNode>;
  readonly buildings: ReadonlyMap<string, BuildingNode>;
  readonly floors: ReadonlyMap<string, FloorNode>;
  readonly rooms: ReadonlyMap<string, RoomNode>;
  readonly zones: ReadonlyMap<string, ZoneNode>;
  readonly hives: ReadonlyMap<string, HiveNode>;
  readonly sensors: ReadonlyMap<string, SensorNode>;
  readonly tags: ReadonlyMap<string, TagNode>;
}

const known = new WeakMap<BuildingModel, PlaceIndex>();

export function placeIndex(model: BuildingModel): PlaceIndex {
  let index = known.get(model);
  if (index === undefined) known.set(model, (index = indexPlace(model)));
  return index;
}

type Maps = { readonly [Kind in Exclude<keyof PlaceIndex, "organization" | "tags">]: Map<string, NodeOf<Kind>> };
type NodeOf<Kind extends keyof PlaceIndex> = PlaceIndex[Kind] extends ReadonlyMap<string, infer Node> ? Node : never;

/** Of an organization without a model. */
export const emptyIndex = (organization: string): PlaceIndex => ({ organization, ...newMaps(), tags: new Map() });

function newMaps(): Maps {
  return {
    sites: new Map(),
    buildings: new Map(),
    floors: new Map(),
    rooms: new Map(),
    zones: new Map(),
    hives: new Map(),
    sensors: new Map(),
  };
}

function indexPlace({ organization: { id: organization }, document }: BuildingModel): PlaceIndex {
  const maps = newMaps();
  for (const each of document.sites) {
    const site: SiteNode = { document: each, organization, buildings: [] };
    maps.sites.set(each.id, site);
    for (const each of site.document.buildings ?? []) {
      const building: BuildingNode = { document: each, site, floors: [] };
      maps.buildings.set(each.id, building);
      site.buildings.push(building);
      for (const floor of each.floors ?? []) addFloor(maps, floor, building);
    }
  }
  return { organization, ...maps, tags: indexTags(document.tags ?? [], organization, maps) };
}

/** The document was checked: every reference leads to a record of the same floor. */
function addFloor(maps: Maps, document: FloorDocument, building: BuildingNode): void {
  const floor: FloorNode = { document, building, rooms: [], zones: [], hives: [], sensors: [], tags: [] };
  maps.floors.set(document.id, floor);
  building.floors.push(floor);
  for (const document of floor.document.rooms ?? []) {
    const room: RoomNode = { document, floor, sensors: [], tags: [] };
    maps.rooms.set(document.id, room);
    floor.rooms.push(room);
  }
  for (const document of floor.document.zones ?? []) {
    const zone: ZoneNode = { document, floor, sensors: [], tags: [] };
    maps.zones.set(document.id, zone);
    floor.zones.push(zone);
  }
  const named = <Node>(nodes: ReadonlyMap<string, Node>, id: string | undefined): Node | null =>
    id === undefined ? null : (nodes.get(id) ?? null);
  for (const document of floor.document.hives ?? []) {
    const hive: HiveNode = { document, floor, room: named(maps.rooms, document.room_id), sensors: [] };
    maps.hives.set(document.id, hive);
    floor.hives.push(hive);
  }
  for (const document of floor.document.sensors ?? []) {
    const room = named(maps.rooms, document.room_id);
    const hive = named(maps.hives, document.hive_id);
    const zones = [...new Set(document.zone_ids)].flatMap((id) => named(maps.zones, id) ?? []);
    const sensor: SensorNode = { document, floor, room, zones, hive };
    maps.sensors.set(document.id, sensor);
    for (const around of [floor, room, hive, ...zones]) around?.sensors.push(sensor);
  }
}
