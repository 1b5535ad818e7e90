// Edges of a room's motion: it moves while any of its sensors does. Nothing is said twice, and nothing about a room at
// rest that never moved.

import type { BuildingModel, Sensor } from "../building/building.ts";
import type { MotionFact } from "../model/fact.ts";
import type { MotionObservation } from "../model/observation.ts";
import { type Fold, memory, nothing, type SensingState } from "./state.ts";

/** The last report of a sensor. */
interface Reported {
  readonly at: number;
  readonly motion: boolean;
}

/** The last edge of a room. */
interface MotionEdge {
  readonly at: number;
  readonly motion: boolean;
  readonly revision: number;
}

const reports = memory<Reported>("motion:sensor");
const edges = memory<MotionEdge>("motion:room");

/** A report older than the sensor's last one changes nothing. */
export function foldMotion(
  state: SensingState,
  { at, motion, confidence }: MotionObservation,
  sensor: Sensor,
  model: BuildingModel,
): Fold {
  const { room } = sensor;
  if (room === null) return nothing;
  const last = reports.of(state, sensor.id);
  if (last !== undefined && at < last.at) return nothing;

  const reported: Reported = {
    at,
    motion: motion ?? (confidence !== undefined && confidence >= room.pirZero.threshold),
  };
  const moves = model
    .sensorsOfRoom(room.id)
    .some((each) => (each === sensor ? reported : reports.of(state, each.id))?.motion === true);
  const changed = [reports.keep(sensor.id, reported)];

  const edge = edges.of(state, room.id);
  if (moves === (edge?.motion ?? false)) return { facts: [], changed };
  // As with occupancy, the time of a room never goes back.
  const later = edge === undefined || at > edge.at;
  const fact: MotionFact = {
    kind: "motion",
    room: room.id,
    motion: moves,
    at: later ? at : edge.at,
    revision: later ? 0 : edge.revision + 1,
  };
  const next: MotionEdge = { at: fact.at, motion: moves, revision: fact.revision };
  return { facts: [fact], changed: [...changed, edges.keep(room.id, next)] };
}
