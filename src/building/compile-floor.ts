// From a floor of a checked model to linked records: its rooms, zones, hives and sensors.

import type { Building, Floor, Hive, Outline, Room, Sensor, Zone } from "./building.ts";
import type { FloorDocument, RoomDocument, SensorDocument } from "./document.ts";
import { corners, footprintOf } from "./geometry.ts";
import type { Steps } from "../steps.ts";
import { add, lookupInSteps, required } from "./lookup.ts";

/** Butlr's zeroing by motion [butlr.md §5.4]. */
const usualPirThreshold = 0.05;
const usualPirWindowS = 300;
/** Measured: of 60 to 1,200 s the most often right [domain.md §2.5]. */
const usualNoMotionS = 300;

/** Where they are put. */
export interface FloorRecords {
  readonly floors: Floor[];
  readonly rooms: Room[];
  readonly zones: Zone[];
  readonly hives: Hive[];
  readonly sensors: Sensor[];
}

/** The document must have passed checkModel. */
export function* compileFloor(document: FloorDocument, building: Building, records: FloorRecords): Steps<void> {
  const floor: Floor = {
    id: document.id,
    name: document.name,
    customId: document.customID ?? null,
    building,
    outline: outlineOf(document.coordinates),
    overlap: document.overlap ?? "merge",
    masks: document.masks?.map(corners) ?? [],
  };
  records.floors.push(floor);
  yield;
  const rooms = yield* add(records.rooms, document.rooms, (each) => roomOf(each, floor));
  const roomById = yield* lookupInSteps(rooms);
  const zones = yield* add(
    records.zones,
    document.zones,
    (each): Zone => ({
      id: each.id,
      name: each.name,
      customId: each.customID ?? null,
      floor,
      room: each.room_id === undefined ? null : required(roomById.get(each.room_id), each.room_id),
      outline: outlineOf(each.coordinates),
    }),
  );
  const zoneById = yield* lookupInSteps(zones);
  const hives = yield* add(
    records.hives,
    document.hives,
    (each): Hive => ({
      id: each.id,
      serial: each.serialNumber,
      model: each.hiveType ?? null,
      version: each.hiveVersion ?? null,
      floor,
    }),
  );
  const hiveById = yield* lookupInSteps(hives);
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
  yield* add(records.sensors, document.sensors, sensor);
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
