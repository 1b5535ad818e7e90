// Where the values of a row were counted, in the columns that rows have [clients.md §1.3]. Pure.

import type { Building, Floor, Hive, Room, Sensor, Zone } from "../../../building/building.ts";

/** One place or sensor and all around it. */
export interface ReportPlace {
  readonly building: Building;
  readonly floor: Floor;
  readonly room: Room | null;
  readonly zone: Zone | null;
  readonly sensor: Sensor | null;
  readonly hive: Hive | null;
}

export const floorPlace = (floor: Floor): ReportPlace => placeOn(floor, {});
export const roomPlace = (room: Room): ReportPlace => placeOn(room.floor, { room });
export const zonePlace = (zone: Zone): ReportPlace => placeOn(zone.floor, { room: zone.room, zone });
export const sensorPlace = (sensor: Sensor): ReportPlace =>
  placeOn(sensor.floor, { room: sensor.room, sensor, hive: sensor.hive });

type Parts = Partial<Omit<ReportPlace, "building" | "floor">>;

const placeOn = (floor: Floor, { room, zone, sensor, hive }: Parts): ReportPlace => ({
  building: floor.building,
  floor,
  room: room ?? null,
  zone: zone ?? null,
  sensor: sensor ?? null,
  hive: hive ?? null,
});

export type PlaceColumns = Readonly<Record<string, string>>;

/** `tag`: id of the space's first tag, or empty. In the order in which rows have them; empty where there is none, but custom ids only where they are set. */
export function placeColumns({ building, floor, room, zone, sensor, hive }: ReportPlace, tag: string): PlaceColumns {
  const custom = { space_custom_id: floor.customId, room_custom_id: room?.customId, zone_custom_id: zone?.customId };
  return {
    tag_id: tag,
    building_id: building.id,
    building_name: building.name,
    hive_id: hive?.id ?? "",
    hive_serial: hive?.serial ?? "",
    sensor_id: sensor?.id ?? "",
    space_id: floor.id,
    space_name: floor.name,
    room_id: room?.id ?? "",
    room_name: room?.name ?? "",
    zone_id: zone?.id ?? "",
    zone_name: zone?.name ?? "",
    mac_address: sensor?.mac ?? "",
    ...Object.fromEntries(Object.entries(custom).filter(([, id]) => (id ?? "") !== "")),
  };
}
