// Sensing as the program runs it, in memory: folds one observation after the other and keeps what it must remember.

import type { BuildingModel } from "../../src/building/building.ts";
import type { Fact } from "../../src/model/fact.ts";
import type { Observation } from "../../src/model/observation.ts";
import { fold } from "../../src/sensing/fold.ts";

export interface Senses {
  /** The facts that follow from these observations, in order. */
  readonly sense: (...observations: readonly Observation[]) => Fact[];
  /** From now on the model is another one. */
  readonly move: (building: BuildingModel) => void;
  /** Everything remembered, as it would be read back after a restart. */
  readonly memory: ReadonlyMap<string, string>;
}

export function senses(building: BuildingModel, memory = new Map<string, string>()): Senses {
  let model = building;
  return {
    memory,
    sense: (...observations) =>
      observations.flatMap((observation) => {
        const { facts, changed } = fold(memory, observation, model);
        for (const { key, value } of changed) {
          if (value === null) memory.delete(key);
          else memory.set(key, value);
        }
        return facts;
      }),
    move(next) {
      model = next;
    },
  };
}

/** Facts of one kind. */
export function only<Kind extends Fact["kind"]>(facts: readonly Fact[], kind: Kind): Extract<Fact, { kind: Kind }>[] {
  return facts.filter((fact): fact is Extract<Fact, { kind: Kind }> => fact.kind === kind);
}
