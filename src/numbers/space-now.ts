// What is known of spaces now: presence and the traffic occupancy, side by side.

import type { BuildingModel } from "../building/building.ts";
import { type PresenceNow, presenceOfFloor, type Sensing } from "../sensing/sensing.ts";
import type { PresenceCount, Space, SpaceNow, TrafficCount } from "./numbers-port.ts";

/** Each floor is looked at once, however many of its spaces are asked for. */
export function spacesNow(
  spaces: readonly Space[],
  model: BuildingModel,
  sensing: Sensing | undefined,
): readonly SpaceNow[] {
  const floors = new Map<string, ReadonlyMap<string, PresenceNow>>();
  return spaces.map((space) => {
    let floor = floors.get(space.floor);
    if (floor === undefined) {
      const known = presenceOfFloor(space.floor, model, sensing);
      floors.set(space.floor, (floor = new Map(known.map((each) => [`${each.level}:${each.id}`, each]))));
    }
    return {
      ...space,
      presence: presenceCount(floor.get(`${space.level}:${space.id}`)),
      traffic: trafficCount(space, sensing),
    };
  });
}

function presenceCount(now: PresenceNow | undefined): PresenceCount {
  if (now === undefined) return { value: null, at: null, sensors: 0, heard: 0, unplaced: 0 };
  const { value, at, sensors, heard, unplaced } = now;
  return { value, at, sensors, heard, unplaced };
}

/** Zones have no doors of their own. */
function trafficCount({ level, id }: Space, sensing: Sensing | undefined): TrafficCount | null {
  const current = level === "zone" ? null : (sensing?.trafficOccupancy.current(id) ?? null);
  return current === null ? null : { value: current.count, at: current.at, late: current.late };
}
