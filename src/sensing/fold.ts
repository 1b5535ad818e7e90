// From observations to facts: a pure fold over the log, one observation at a time, in order of acceptance. Time is the
// sensor's own; no clock, no store, no wire format. One file per kind of conclusion.

import type { BuildingModel } from "../building/building.ts";
import type { Fact } from "../model/fact.ts";
import type { Observation } from "../model/observation.ts";
import { foldAccess, foldCall } from "./access.ts";
import { detectionsOf } from "./detections.ts";
import { createMotionSensing } from "./motion/motion.ts";
import { foldPresence } from "./presence.ts";
import type { Records, SensingRecords } from "./records.ts";
import { type Fold, nothing, type SensingState, type StateChange, together } from "./state.ts";
import { createTrafficSensing } from "./traffic/traffic.ts";

export type { Fold, SensingState, StateChange } from "./state.ts";

/** Nothing follows from a sensor or an access point that the model does not know (any more). */
export function fold(state: SensingState, observation: Observation, model: BuildingModel): Fold {
  if (observation.kind === "access") return foldAccess(observation, model);
  if (observation.kind === "call") return foldCall(observation, model);
  if (observation.kind === "heartbeat") return nothing;
  const sensor = model.sensors.get(observation.sensor);
  if (sensor === undefined) return nothing;
  if (observation.kind === "traffic") {
    return recorded(state, (records) => createTrafficSensing(records).fold(observation, sensor));
  }
  if (observation.kind === "motion") {
    return recorded(state, (records) => createMotionSensing(records).fold(observation, sensor, model));
  }
  const detections = detectionsOf(observation, sensor);
  const { at, world } = detections;
  const count = (observation.local ?? observation.world ?? []).length;
  const { tracks = null } = observation;
  return together(
    { facts: [detections], changed: [] },
    foldPresence(state, { at, count, world }, sensor, model),
    recorded(state, (records) => createTrafficSensing(records).track(at, world, tracks, sensor)),
  );
}

/** Facts of a part that keeps records, with what it changed. */
function recorded(state: SensingState, sense: (records: SensingRecords) => readonly Fact[]): Fold {
  const changes = new Map<string, StateChange>();
  const records: SensingRecords = {
    of: <Shape extends object>(name: string): Records<Shape> => ({
      get(id) {
        const key = `${name}:${id}`;
        const text = changes.has(key) ? changes.get(key)!.value : state.get(key);
        return text === undefined || text === null ? undefined : (JSON.parse(text) as Shape);
      },
      set: (id, value) => void changes.set(`${name}:${id}`, { key: `${name}:${id}`, value: JSON.stringify(value) }),
      delete: (id) => void changes.set(`${name}:${id}`, { key: `${name}:${id}`, value: null }),
      entries: () => [],
    }),
    changes: () => [],
  };
  return { facts: sense(records), changed: [...changes.values()] };
}
