// Sites, buildings, floors, rooms and zones as Butlr's clients see them [clients.md §1.1, §1.2]: where each field comes from.

import type { Resolvers } from "../graphql/schema.ts";
import type { BuildingNode, FloorNode, RoomNode, SiteNode, ZoneNode } from "./place-index.ts";
import type { TagNode } from "./tag-index.ts";
import { areaView, capacitySum, capacityView, metadataView, withIds } from "./values.ts";

interface Ids {
  readonly ids?: readonly string[] | null;
}

const site = {
  id: ({ document }: SiteNode) => document.id,
  name: ({ document }: SiteNode) => document.name,
  timezone: ({ document }: SiteNode) => document.timezone,
  siteNumber: ({ document }: SiteNode) => document.siteNumber,
  customID: ({ document }: SiteNode) => document.customID,
  org_id: ({ organization }: SiteNode) => organization,
  butlrCode: ({ document }: SiteNode) => document.butlrCode ?? "",
  buildings: ({ buildings }: SiteNode) => buildings,
};

const building = {
  id: ({ document }: BuildingNode) => document.id,
  name: ({ document }: BuildingNode) => document.name,
  site_id: ({ site }: BuildingNode) => site.document.id,
  building_number: ({ document }: BuildingNode) => document.building_number,
  buildingNumber: ({ document }: BuildingNode) => document.building_number,
  butlr_code: ({ document }: BuildingNode) => document.butlrCode ?? "",
  butlrCode: ({ document }: BuildingNode) => document.butlrCode ?? "",
  customID: ({ document }: BuildingNode) => document.customID,
  capacity: ({ document, floors }: BuildingNode) =>
    document.capacity === undefined
      ? capacitySum(floors.map(({ document }) => document.capacity))
      : capacityView(document.capacity),
  address: ({ document }: BuildingNode) => document.address,
  floors: ({ floors }: BuildingNode) => floors,
};

const floor = {
  id: ({ document }: FloorNode) => document.id,
  floor_id: ({ document }: FloorNode) => document.id,
  name: ({ document }: FloorNode) => document.name,
  building_id: ({ building }: FloorNode) => building.document.id,
  buildingId: ({ building }: FloorNode) => building.document.id,
  client_id: ({ building }: FloorNode) => building.site.organization,
  floorNumber: ({ document }: FloorNode) => document.floorNumber,
  timezone: ({ building }: FloorNode) => building.site.document.timezone,
  installation_date: ({ document }: FloorNode) => document.installation_date ?? 0,
  installation_status: ({ document }: FloorNode) => document.installation_status,
  customID: ({ document }: FloorNode) => document.customID,
  capacity: ({ document }: FloorNode) => capacityView(document.capacity),
  area: ({ document }: FloorNode) => areaView(document.area, document.coordinates),
  metadata: ({ document }: FloorNode) => metadataView(document.metadata),
  service_status: ({ document }: FloorNode) => document.service_status,
  butlrCode: ({ document }: FloorNode) => document.butlrCode ?? "",
  last_battery_change_date: ({ document }: FloorNode) => document.last_battery_change_date,
  next_battery_change_date: ({ document }: FloorNode) => document.next_battery_change_date,
  rooms: ({ rooms }: FloorNode, { ids }: Ids) => withIds(rooms, ids),
  zones: ({ zones }: FloorNode, { ids }: Ids) => withIds(zones, ids),
  sensors: ({ sensors }: FloorNode) => sensors,
  hives: ({ hives }: FloorNode) => hives,
  floor_plans: ({ document }: FloorNode) => document.floor_plans ?? [],
  tags: ({ tags }: FloorNode) => tags,
};

/** What rooms and zones have in common. */
const space = {
  id: ({ document }: RoomNode | ZoneNode) => document.id,
  name: ({ document }: RoomNode | ZoneNode) => document.name,
  floor_id: ({ floor }: RoomNode | ZoneNode) => floor.document.id,
  floorID: ({ floor }: RoomNode | ZoneNode) => floor.document.id,
  customID: ({ document }: RoomNode | ZoneNode) => document.customID,
  capacity: ({ document }: RoomNode | ZoneNode) => capacityView(document.capacity),
  area: ({ document }: RoomNode | ZoneNode) => areaView(document.area, document.coordinates),
  coordinates: ({ document }: RoomNode | ZoneNode) => document.coordinates,
  rotation: ({ document }: RoomNode | ZoneNode) => document.rotation,
  note: ({ document }: RoomNode | ZoneNode) => document.note,
  metadata: ({ document }: RoomNode | ZoneNode) => metadataView(document.metadata),
  tags: ({ tags }: RoomNode | ZoneNode) => tags,
};

const room = {
  ...space,
  room_id: ({ document }: RoomNode) => document.id,
  client_id: ({ floor }: RoomNode) => floor.building.site.organization,
  roomType: ({ document }: RoomNode) => document.roomType,
  pir_zero_enable: ({ document }: RoomNode) => document.pir_zero_enable ?? false,
  pir_zero_threshold: ({ document }: RoomNode) => document.pir_zero_threshold,
  pir_zero_window: ({ document }: RoomNode) => document.pir_zero_window,
  sensors: ({ sensors }: RoomNode, { ids }: Ids) => withIds(sensors, ids),
};

const zone = {
  ...space,
  room_id: ({ document }: ZoneNode) => document.room_id,
  roomID: ({ document }: ZoneNode) => document.room_id,
  sensors: ({ sensors }: ZoneNode) => sensors,
};

const tag = {
  organization_id: ({ organization }: TagNode) => organization,
  rooms: ({ rooms }: TagNode) => rooms,
  zones: ({ zones }: TagNode) => zones,
  floors: ({ floors }: TagNode) => floors,
};

export const spaceResolvers: Resolvers = {
  Site: site,
  Building: building,
  Floor: floor,
  Room: room,
  Zone: zone,
  Tag: tag,
};
