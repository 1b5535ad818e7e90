// Which rooms and zones the people in a sensor's frame are in. A sensor of a room counts for that room with everybody it
// sees, also beyond the room's outline; one of no room counts for every room whose outline holds the point. A drawn zone
// has those within its outline; one that is not drawn has everybody whom the sensors see that list it.

import type { BuildingModel, Sensor } from "../building/building.ts";
import { contains } from "../building/geometry.ts";
import type { Point } from "../model/fact.ts";

export interface SensedPlace {
  readonly level: "room" | "zone";
  readonly id: string;
  /** `room:ID` or `zone:ID` */
  readonly key: string;
  /** The sensor is there for this place, so that an empty frame says that nobody is in it. */
  readonly own: boolean;
  /** null: everybody in the frame counts. */
  readonly outline: readonly Point[] | null;
}

/** Every place of the floor that the people in a frame of this sensor may count for. */
export function placesOf(sensor: Sensor, model: BuildingModel): readonly SensedPlace[] {
  const { room, zones, floor } = sensor;
  const { rooms: drawnRooms, zones: drawnZones } = model.outlinesOfFloor(floor.id);
  const everybody = (level: SensedPlace["level"], id: string): SensedPlace => place(level, id, true, null);
  return [
    ...(room === null
      ? drawnRooms.map(({ id, outline }) => place("room", id, false, outline))
      : [everybody("room", room.id)]),
    ...zones.filter(({ outline }) => outline === null).map(({ id }) => everybody("zone", id)),
    ...drawnZones.map((zone) => place("zone", zone.id, zones.includes(zone), zone.outline)),
  ];
}

/** `count` people at these points; fewer points than people where the sensor is not placed. */
export function peopleIn(
  places: readonly SensedPlace[],
  count: number,
  world: readonly Point[],
): Readonly<Record<string, number>> {
  const people = places.map(({ key, outline }): [string, number] => [
    key,
    outline === null ? count : world.filter((point) => contains(outline, point)).length,
  ]);
  return Object.fromEntries(people.filter(([, each]) => each > 0));
}

const place = (
  level: SensedPlace["level"],
  id: string,
  own: boolean,
  outline: SensedPlace["outline"],
): SensedPlace => ({
  level,
  id,
  key: `${level}:${id}`,
  own,
  outline,
});
