// How many people presence sensors see in a room and on a floor at this instant: the sum of the last frame of each of
// its sensors. A sensor counts for the room it belongs to with everybody it sees, also beyond the room's outline.

import type { Building, Sensor } from "../building/building.ts";
import type { OccupancyFact } from "../model/fact.ts";
import type { DetectionsObservation } from "../model/observation.ts";
import { type Fold, memory, nothing, type SensingState, together } from "./state.ts";

/** The last frame of a sensor. */
interface Frame {
  readonly at: number;
  readonly count: number;
}

/** The last statement about a space. */
interface Stated {
  readonly at: number;
  readonly count: number;
  readonly revision: number;
}

const frames = memory<Frame>("frame");
const roomCounts = memory<Stated>("occupancy:room");
const floorCounts = memory<Stated>("occupancy:floor");

/** A frame older than the sensor's last one says nothing about now; of two frames of one moment the later accepted
 * counts. */
export function foldPresence(
  state: SensingState,
  observation: DetectionsObservation,
  sensor: Sensor,
  building: Building,
): Fold {
  if (sensor.mode !== "presence") return nothing;
  const { at } = observation;
  const last = frames.of(state, sensor.id);
  if (last !== undefined && at < last.at) return nothing;

  const frame: Frame = { at, count: (observation.local ?? observation.world ?? []).length };
  const people = (sensors: readonly Sensor[]): number =>
    sensors
      .filter(({ mode }) => mode === "presence")
      .reduce((sum, each) => sum + ((each === sensor ? frame : frames.of(state, each.id))?.count ?? 0), 0);

  const { room, floor } = sensor;
  return together(
    { facts: [], changed: [frames.keep(sensor.id, frame)] },
    room === null ? nothing : stateCount(state, "room", room.id, at, people(building.sensorsOfRoom(room.id))),
    stateCount(state, "floor", floor.id, at, people(building.sensorsOfFloor(floor.id))),
  );
}

/** A fact when the count is new. The time of a space never goes back, so that the newest statement is the one that
 * holds: a frame of a slower clock is dated by the last statement and corrects it. */
function stateCount(state: SensingState, level: "room" | "floor", space: string, at: number, count: number): Fold {
  const counts = level === "room" ? roomCounts : floorCounts;
  const last = counts.of(state, space);
  if (last?.count === count) return nothing;
  const common = { kind: "occupancy", level, space, window: "instant", count } as const;
  const fact: OccupancyFact =
    last === undefined || at > last.at
      ? { ...common, at, revision: 0 }
      : { ...common, at: last.at, revision: last.revision + 1, previous: last.count };
  const stated: Stated = { at: fact.at, count, revision: fact.revision };
  return { facts: [fact], changed: [counts.keep(space, stated)] };
}
