// From observations to facts: a pure fold over the log, one observation at a time, in order of acceptance. Time is the
// sensor's own; no clock, no store, no wire format. One file per kind of conclusion.

import type { BuildingModel } from "../building/building.ts";
import type { Observation } from "../model/observation.ts";
import { foldAccess, foldCall } from "./access.ts";
import { detectionsOf } from "./detections.ts";
import { foldMotion } from "./motion.ts";
import { foldPresence } from "./presence.ts";
import { type Fold, nothing, type SensingState, together } from "./state.ts";
import { foldTraffic } from "./traffic.ts";

export type { Fold, SensingState, StateChange } from "./state.ts";

/** Nothing follows from a sensor or an access point that the model does not know (any more). */
export function fold(state: SensingState, observation: Observation, model: BuildingModel): Fold {
  if (observation.kind === "access") return foldAccess(observation, model);
  if (observation.kind === "call") return foldCall(observation, model);
  const sensor = model.sensors.get(observation.sensor);
  if (sensor === undefined) return nothing;
  if (observation.kind === "traffic") return foldTraffic(state, observation, sensor);
  if (observation.kind === "motion") return foldMotion(state, observation, sensor, model);
  const detections = detectionsOf(observation, sensor);
  const { at, world } = detections;
  const count = (observation.local ?? observation.world ?? []).length;
  return together({ facts: [detections], changed: [] }, foldPresence(state, { at, count, world }, sensor, model));
}
