// One floor as presence works with it: its placed sensors and its spaces by small numbers, and which sensor speaks for which
// space. Made anew when the building model changes what stands here, never changed.

import type { BuildingModel, Floor, Footprint, Room, Sensor, Zone } from "../../building/building.ts";
import type { FloorPlan } from "../../building/floor-plan.ts";
import type { SpaceLevel } from "../../model/fact.ts";

export interface LaidSpace {
  readonly index: number;
  readonly level: SpaceLevel;
  readonly id: string;
  /** `floor:ID`, `room:ID` or `zone:ID` */
  readonly key: string;
  /** Everybody counts once for each sensor that sees them, instead of once [domain.md §2.3]. */
  readonly isSum: boolean;
  /** How many sensors speak for it; 0: nobody can know how many people it holds. */
  readonly sensors: number;
}

export interface LaidSensor {
  readonly index: number;
  readonly sensor: Sensor;
  readonly footprint: Footprint;
  /** The space of its room; -1: it has none, and the outlines of rooms decide. */
  readonly room: number;
  /** Zones that list it and are not drawn: everybody whom it sees is in them. */
  readonly zones: readonly number[];
  /** Spaces that are known while it is heard: its floor, its room, its zones, and those that it looks into. */
  readonly speaksFor: readonly number[];
  /** Sensors that may see the same people. */
  readonly overlapping: readonly number[];
}

export interface FloorLayout {
  readonly floor: Floor;
  readonly plan: FloorPlan;
  /** Space 0 is the floor itself. */
  readonly spaces: readonly LaidSpace[];
  readonly sensors: readonly LaidSensor[];
  /** Whether outlines decide anything. */
  readonly hasDrawnRooms: boolean;
  readonly hasDrawnZones: boolean;
  sensor(id: string): LaidSensor | undefined;
  /** By `room:ID`. */
  space(key: string): LaidSpace | undefined;
  /** -1: not on this floor. */
  indexOf(space: Room | Zone): number;
  /** Equal texts: nothing that matters here has changed. */
  readonly text: string;
}

/** The floor of a space; undefined: the model does not have it. */
export function floorOf(level: SpaceLevel, id: string, model: BuildingModel): Floor | undefined {
  if (level === "floor") return model.floors.get(id);
  return (level === "room" ? model.rooms : model.zones).get(id)?.floor;
}

export function layoutOf(floor: Floor, model: BuildingModel): FloorLayout {
  const plan = model.planOf(floor.id);
  const placed = model
    .sensorsOfFloor(floor.id)
    .filter(({ mode, footprint }) => mode === "presence" && footprint !== null);
  const { rooms, zones } = model.spacesOfFloor(floor.id);
  const numbers = new Map<Room | Zone, number>();
  for (const [index, space] of [...rooms, ...zones].entries()) numbers.set(space, index + 1);
  const indexes = new Map(placed.map((sensor, index): [Sensor, number] => [sensor, index]));
  const laid = placed.map(
    (sensor, index): LaidSensor => ({
      index,
      sensor,
      footprint: sensor.footprint!,
      room: sensor.room === null ? -1 : numbers.get(sensor.room)!,
      zones: sensor.zones.filter(({ outline }) => outline === null).map((zone) => numbers.get(zone)!),
      speaksFor: spokenFor(sensor, model).map((space) => (space === null ? 0 : numbers.get(space)!)),
      overlapping: plan.overlapping(sensor).map((other) => indexes.get(other)!),
    }),
  );
  const speakers = Array.from({ length: numbers.size + 1 }, () => 0);
  for (const { speaksFor } of laid) for (const space of speaksFor) speakers[space]!++;
  const space = (level: SpaceLevel, id: string, index: number, overlap: "merge" | "sum"): LaidSpace => ({
    index,
    level,
    id,
    key: `${level}:${id}`,
    isSum: overlap === "sum",
    sensors: speakers[index]!,
  });
  const spaces = [
    space("floor", floor.id, 0, floor.overlap),
    ...rooms.map((room) => space("room", room.id, numbers.get(room)!, room.overlap)),
    ...zones.map((zone) => space("zone", zone.id, numbers.get(zone)!, floor.overlap)),
  ];
  const byKey = new Map(spaces.map((each): [string, LaidSpace] => [each.key, each]));
  const byId = new Map(laid.map((each): [string, LaidSensor] => [each.sensor.id, each]));
  return {
    floor,
    plan,
    spaces,
    sensors: laid,
    hasDrawnRooms: rooms.some(({ outline }) => outline !== null),
    hasDrawnZones: zones.some(({ outline }) => outline !== null),
    sensor: (id) => byId.get(id),
    space: (key) => byKey.get(key),
    indexOf: (each) => numbers.get(each) ?? -1,
    text: textOf(floor, placed, rooms, zones),
  };
}

/** null stands for the floor. A room that has sensors of its own is known by them alone. */
function spokenFor(sensor: Sensor, model: BuildingModel): readonly (Room | Zone | null)[] {
  const { room, zones, floor } = sensor;
  const seen = model.planOf(floor.id).seenBy(sensor);
  const isAlone = (each: Room): boolean =>
    !model.sensorsOfRoom(each.id).some(({ mode, footprint }) => mode === "presence" && footprint !== null);
  return [null, ...(room === null ? seen.rooms.filter(isAlone) : [room]), ...new Set([...zones, ...seen.zones])];
}

function textOf(floor: Floor, sensors: readonly Sensor[], rooms: readonly Room[], zones: readonly Zone[]): string {
  return JSON.stringify([
    [floor.outline, floor.masks, floor.overlap],
    sensors.map(({ id, mac, room, zones, footprint, masks }) => [
      id,
      mac,
      room?.id,
      zones.map((zone) => zone.id),
      footprint,
      masks,
    ]),
    rooms.map(({ id, outline, overlap }) => [id, outline, overlap]),
    zones.map(({ id, outline }) => [id, outline]),
  ]);
}
