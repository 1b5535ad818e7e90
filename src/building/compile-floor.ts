// From a floor of a checked model to linked records: its rooms, zones, hives and sensors.

import type { Building, Floor, Hive, Outline, Room, Sensor, Zone } from "./building.ts";
import type { FloorDocument, RoomDocument, SensorDocument } from "./document.ts";
import { corners, footprintOf } from "./geometry.ts";
import { lookup, required } from "./lookup.ts";

/** Butlr's zeroing by motion [butlr.md §5.4]. */
const usualPirThreshold = 0.05;
const usualPirWindowS = 300;
/** Measured: of 60 to 1,200 s the most often right [domain.md §2.5]. */
const usualNoMotionS = 300;

export interface CompiledFloor {
  readonly floor: Floor;
  readonly rooms: readonly Room[];
  readonly zones: readonly Zone[];
  readonly hives: readonly Hive[];
  readonly sensors: readonly Sensor[];
}

/** The document must have passed checkModel. */
export function compileFloor(document: FloorDocument, building: Building): CompiledFloor {
  const floor: Floor = {
    id: document.id,
    name: document.name,
    customId: document.customID ?? null,
    building,
    outline: outlineOf(document.coordinates),
    overlap: document.overlap ?? "merge",
    masks: document.masks?.map(corners) ?? [],
  };
  const rooms = (document.rooms ?? []).map((each) => roomOf(each, floor));
  const roomById = lookup(rooms);
  const zones = (document.zones ?? []).map(
    (each): Zone => ({
      id: each.id,
      name: each.name,
      customId: each.customID ?? null,
      floor,
      room: each.room_id === undefined ? null : required(roomById.get(each.room_id), each.room_id),
      outline: outlineOf(each.coordinates),
    }),
  );
  const zoneById = lookup(zones);
  const hives = (document.hives ?? []).map(
    (each): Hive => ({
      id: each.id,
      serial: each.serialNumber,
      model: each.hiveType ?? null,
      version: each.hiveVersion ?? null,
      floor,
    }),
  );
  const hiveById = lookup(hives);
  const sensor = (each: SensorDocument): Sensor => ({
    id: each.id,
    mac: each.mac_address,
    mode: each.mode,
    model: each.model ?? null,
    floor,
    room: each.room_id === undefined ? null : required(roomById.get(each.room_id), each.room_id),
    zones: (each.zone_ids ?? []).map((id) => required(zoneById.get(id), id)),
    hive: each.hive_id === undefined ? null : required(hiveById.get(each.hive_id), each.hive_id),
    footprint: footprintOf(each),
    masks: each.masks?.map(corners) ?? [],
    isEntrance: each.is_entrance ?? false,
    countingLine: each.counting_line?.line ?? null,
    pirZeroEnabled: each.pir_zero_enable ?? true,
  });
  return { floor, rooms, zones, hives, sensors: (document.sensors ?? []).map(sensor) };
}

/** A model that was stored before floors had outlines may hold an empty list there. */
function outlineOf(coordinates: Outline | undefined): Outline | null {
  return coordinates === undefined || coordinates.length === 0 ? null : corners(coordinates);
}

function roomOf(document: RoomDocument, floor: Floor): Room {
  return {
    id: document.id,
    name: document.name,
    customId: document.customID ?? null,
    floor,
    outline: outlineOf(document.coordinates),
    overlap: document.overlap ?? floor.overlap,
    noMotionAfterMs: (document.no_motion_after_s ?? usualNoMotionS) * 1_000,
    pirZero: {
      enabled: document.pir_zero_enable ?? false,
      threshold: document.pir_zero_threshold ?? usualPirThreshold,
      windowMs: (document.pir_zero_window ?? usualPirWindowS) * 1_000,
    },
  };
}
