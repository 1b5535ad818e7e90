// Sensing of one organization in this process, as the log processor drives it: observations in order of acceptance, and the time.

import type { BuildingModel } from "../../src/building/building.ts";
import type { Fact } from "../../src/model/fact.ts";
import type { Observation } from "../../src/model/observation.ts";
import { fold } from "../../src/sensing/fold.ts";

export interface SensingEngine {
  /** `acceptedAt`: epoch ms. */
  fold(observation: Observation, acceptedAt: number): readonly Fact[];
  /** What follows from time alone, up to `now`. */
  advance(now: number): readonly Fact[];
  /** Minutes that were closed or corrected since the last call. */
  takeMinutes(): readonly EngineMinute[];
}

export interface EngineMinute {
  readonly series: "presence" | "traffic" | "traffic_occupancy";
  /** Id of the space, or of the sensor. */
  readonly subject: string;
  readonly at: number;
  readonly value: number;
  readonly observedS: number;
  readonly revision: number;
}

export function startSensing(model: BuildingModel, _now: number): SensingEngine {
  const state = new Map<string, string>();
  return {
    fold(observation) {
      const { facts, changed } = fold(state, observation, model);
      for (const { key, value } of changed) {
        if (value === null) state.delete(key);
        else state.set(key, value);
      }
      return facts;
    },
    advance: () => [],
    takeMinutes: () => [],
  };
}
