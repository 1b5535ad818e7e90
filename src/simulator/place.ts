// The simulated building as its people use it, read back from its document: the spaces, what each sensor sees, what is
// counted where, and who sits at which desk.

import type { Footprint } from "../building/building.ts";
import type { FloorDocument, ModelDocument, SensorDocument, TenantDocument } from "../building/document.ts";
import { footprintOf, toWorld } from "../building/geometry.ts";
import type { Point } from "../model/fact.ts";
import { type Box, boxAround, cornersOf, middleOf, roomOf, within } from "./plan.ts";
import type { Spot } from "./way.ts";

/** A floor, a room or a zone. */
export interface Space {
  readonly id: string;
  readonly kind: "floor" | "room" | "zone";
  readonly level: number;
  readonly box: Box;
}

/** What a sensor sees of the floor. */
export interface Eye {
  readonly sensor: string;
  readonly level: number;
  readonly box: Box;
}

export interface PresenceEye extends Eye {
  readonly footprint: Footprint;
  /** Those who pass it are counted. Such a sensor speaks in metres and says who is who. */
  readonly line: readonly [Point, Point] | null;
}

/** A sensor that counts at a door. */
export interface DoorCounter {
  readonly sensor: string;
  /** Code of the room behind the door; null: the street door. */
  readonly room: string | null;
  readonly says: "steps" | "totals";
}

export interface Member {
  readonly tenant: number;
  readonly unit: number;
  readonly name: string;
  readonly accessTool: number;
  readonly keychain: number | null;
  readonly desk: Spot;
}

export interface SimulatedPlace {
  readonly number: number;
  readonly floors: number;
  readonly spaces: readonly Space[];
  /** Presence sensors; together they see all of every floor. Nothing twice, unless they were made to overlap. */
  readonly presence: readonly PresenceEye[];
  readonly motion: readonly Eye[];
  readonly counters: readonly DoorCounter[];
  /** Every sensor by id, and its hive. */
  readonly hiveOf: ReadonlyMap<string, string>;
  readonly mainDoor: number;
  readonly upperDoor: number;
  readonly panel: { readonly id: number; readonly name: string };
  readonly members: readonly Member[];
}

export function readPlace(model: ModelDocument): SimulatedPlace {
  const house = model.sites[0]!.buildings![0]!;
  const floors = house.floors!;
  const desks = floors.flatMap(desksOf);
  return {
    number: house.butterflymx_id!,
    floors: floors.length,
    spaces: floors.flatMap(spacesOf),
    ...readSensors(floors),
    mainDoor: house.access_points![0]!.butterflymx_id!,
    upperDoor: house.access_points![1]!.butterflymx_id!,
    panel: { id: house.devices![0]!.butterflymx_id!, name: house.devices![0]!.name },
    members: house.tenants!.map((tenant, index) => member(tenant, desks[index]!)),
  };

  function member(tenant: TenantDocument, desk: Spot): Member {
    const owned = (credential: { tenant_id?: string }): boolean => credential.tenant_id === tenant.id;
    return {
      tenant: tenant.butterflymx_id!,
      unit: house.units!.find(({ id }) => id === tenant.unit_id)!.butterflymx_id!,
      name: tenant.full_name!,
      accessTool: house.access_tools!.find(owned)!.butterflymx_id!,
      keychain: house.keychains!.find(owned)?.butterflymx_id ?? null,
      desk,
    };
  }
}

type Sensors = Pick<SimulatedPlace, "presence" | "motion" | "counters" | "hiveOf">;

function readSensors(floors: readonly FloorDocument[]): Sensors {
  const presence: PresenceEye[] = [];
  const motion: Eye[] = [];
  const counters: DoorCounter[] = [];
  const hiveOf = new Map<string, string>();
  for (const [level, floor] of floors.entries()) {
    for (const sensor of floor.sensors!) {
      const room = floor.rooms!.find(({ id }) => id === sensor.room_id);
      hiveOf.set(sensor.id, sensor.hive_id!);
      if (sensor.mode === "traffic") counters.push(doorCounter(sensor.id, room?.customID ?? null));
      else if (sensor.footprint === undefined)
        motion.push({ sensor: sensor.id, level, box: boxAround(room!.coordinates!) });
      else presence.push(presenceEye(sensor, level));
    }
  }
  return { presence, motion, counters, hiveOf };
}

function doorCounter(sensor: string, room: string | null): DoorCounter {
  return { sensor, room, says: room === null ? "steps" : roomOf(room).counted! };
}

function presenceEye(sensor: SensorDocument, level: number): PresenceEye {
  const footprint = footprintOf(sensor)!;
  const box = boxAround([toWorld(footprint, [0, 0]), toWorld(footprint, [1, 1])]);
  return { sensor: sensor.id, level, box, footprint, line: sensor.counting_line?.line ?? null };
}

function spacesOf(floor: FloorDocument, level: number): Space[] {
  const rooms = floor.rooms!.map(({ id, coordinates }) => ({
    id,
    kind: "room" as const,
    level,
    box: boxAround(coordinates!),
  }));
  const zones = floor.zones!.map(({ id, coordinates }) => ({
    id,
    kind: "zone" as const,
    level,
    box: boxAround(coordinates!),
  }));
  return [
    { id: floor.id, kind: "floor", level, box: boxAround(rooms.flatMap(({ box }) => cornersOf(box))) },
    ...rooms,
    ...zones,
  ];
}

function desksOf(floor: FloorDocument, level: number): Spot[] {
  return floor.zones!.map((zone) => {
    const room = floor.rooms!.find(({ id }) => id === zone.room_id)!.customID!;
    return { level, room, point: middleOf(boxAround(zone.coordinates!)) };
  });
}

/** The sensors that see this point. */
export function seeing<Sight extends Eye>(eyes: readonly Sight[], level: number, point: Point): readonly Sight[] {
  return eyes.filter((eye) => eye.level === level && within(eye.box, point));
}
