// Where things lie on a floor: which rooms and zones hold a point, where nobody counts, and which sensors see the same
// part of it. Made from a compiled model, once per floor; knows nothing of what sensors said.

import type { Drawn, Floor, Outline, Room, Sensor, Zone } from "./building.ts";
import { contains } from "./geometry.ts";
import { outlineIndex } from "./outline-index.ts";
import { boxOf, overlapsOf, reachesInto } from "./overlaps.ts";

export interface FloorPlan {
  /** Rooms whose outline holds the point; several where outlines overlap. */
  roomsAt(x: number, y: number): readonly Drawn<Room>[];
  zonesAt(x: number, y: number): readonly Drawn<Zone>[];
  /** Outside the outline of the floor, or inside one of its masks or of the sensor's: nobody counts there. */
  isMasked(sensor: Sensor, x: number, y: number): boolean;
  /** Placed presence sensors of the floor whose footprints overlap this one's, itself not among them. */
  overlapping(sensor: Sensor): readonly Sensor[];
  /** Drawn rooms and zones that its footprint reaches into. */
  seenBy(sensor: Sensor): { readonly rooms: readonly Drawn<Room>[]; readonly zones: readonly Drawn<Zone>[] };
}

/** What lies on a floor; all lists in the order of the model. */
export interface OnFloor {
  readonly rooms: readonly Room[];
  readonly zones: readonly Zone[];
  readonly sensors: readonly Sensor[];
}

export function floorPlan({ outline, masks }: Pick<Floor, "outline" | "masks">, on: OnFloor): FloorPlan {
  const rooms = outlineIndex(on.rooms.filter(isDrawn), outlineOf);
  const zones = outlineIndex(on.zones.filter(isDrawn), outlineOf);
  const masksOfFloor = outlineIndex(masks, itself);
  const masksOfSensor = new Map(
    on.sensors.filter((sensor) => sensor.masks.length > 0).map(({ id, masks: own }) => [id, outlineIndex(own, itself)]),
  );
  return {
    roomsAt: rooms.at,
    zonesAt: zones.at,
    isMasked: (sensor, x, y) =>
      (outline !== null && !contains(outline, [x, y])) ||
      masksOfFloor.holds(x, y) ||
      (sensor.masks.length > 0 && masksOfSensor.get(sensor.id)?.holds(x, y) === true),
    overlapping: overlapsOf(on.sensors),
    seenBy({ footprint }) {
      if (footprint === null) return { rooms: [], zones: [] };
      const fits = (each: Outline): boolean => reachesInto(footprint, each);
      return { rooms: rooms.near(boxOf(footprint), fits), zones: zones.near(boxOf(footprint), fits) };
    },
  };
}

/** Of a floor that the model does not know. */
export const emptyPlan = (): FloorPlan =>
  floorPlan({ outline: null, masks: [] }, { rooms: [], zones: [], sensors: [] });

const isDrawn = <Space extends Room | Zone>(space: Space): space is Drawn<Space> => space.outline !== null;
const outlineOf = ({ outline }: Drawn<Room | Zone>): Outline => outline;
const itself = (outline: Outline): Outline => outline;
