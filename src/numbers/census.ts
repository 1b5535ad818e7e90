// How many spaces are known and how many sensors are heard, over all organizations: for metrics. It looks at everything, so it
// lets others work in between.

import type { BuildingModel, Hive, Sensor } from "../building/building.ts";
import { type HiveHealth, type SensorHealth, unheardHive } from "../model/sensor-health.ts";
import { presenceOfFloor, type Sensing } from "../sensing/sensing.ts";
import { healthOf } from "./watched.ts";

export interface CensusDeps {
  readonly organizations: () => Iterable<string>;
  readonly model: (organization: string) => Promise<BuildingModel | null>;
  readonly sensing: (organization: string) => Sensing | undefined;
  readonly breathe: () => Promise<void>;
}

/** `unwatched`: no placed presence sensor speaks for the space. */
export type SpaceStates = Record<"known" | "unknown" | "unwatched", number>;
/** `unheard`: it never spoke. */
export type SensorStates = Record<"online" | "offline" | "unheard", number>;

export async function spaceStates(deps: CensusDeps): Promise<SpaceStates> {
  const states: SpaceStates = { known: 0, unknown: 0, unwatched: 0 };
  for await (const [model, sensing] of models(deps)) {
    for (const { id } of model.floors) {
      if (sensing?.presence.live(id) == null) countUnheard(id, model, states);
      else {
        for (const { value, sensors } of presenceOfFloor(id, model, sensing)) {
          states[value !== null ? "known" : sensors > 0 ? "unknown" : "unwatched"]++;
        }
      }
    }
  }
  return states;
}

/** A floor of which nothing came yet. Laying it out only to count it would cost memory for good; so spaces that its sensors
 * look into without being named count as unwatched until then. */
function countUnheard(floor: string, model: BuildingModel, states: SpaceStates): void {
  const { rooms, zones } = model.spacesOfFloor(floor);
  const placed = model.sensorsOfFloor(floor).filter(({ mode, footprint }) => mode === "presence" && footprint !== null);
  const named = new Set(placed.flatMap(({ room, zones: own }) => [...(room === null ? [] : [room]), ...own]));
  const unknown = (placed.length > 0 ? 1 : 0) + named.size;
  states.unknown += unknown;
  states.unwatched += 1 + rooms.length + zones.length - unknown;
}

export async function sensorStates(deps: CensusDeps): Promise<SensorStates> {
  const states: SensorStates = { online: 0, offline: 0, unheard: 0 };
  for await (const [model, sensing] of models(deps)) {
    for (const sensor of model.sensors) {
      const { online, lastHeartbeat } = healthOf(sensor, sensing);
      states[online ? "online" : lastHeartbeat === null ? "unheard" : "offline"]++;
    }
  }
  return states;
}

/** Every building model, and how the sensors and hives in it are. */
export async function* watching(deps: CensusDeps): AsyncGenerator<{
  readonly model: BuildingModel;
  readonly sensor: (sensor: Sensor) => SensorHealth;
  readonly hive: (hive: Hive) => HiveHealth;
}> {
  for await (const [model, sensing] of models(deps)) {
    yield {
      model,
      sensor: (sensor) => healthOf(sensor, sensing),
      hive: (hive) => sensing?.health.ofHive(hive) ?? unheardHive,
    };
  }
}

async function* models({
  organizations,
  model,
  sensing,
  breathe,
}: CensusDeps): AsyncGenerator<readonly [BuildingModel, Sensing | undefined]> {
  for (const [index, id] of [...organizations()].entries()) {
    if (index % 100 === 99) await breathe();
    const found = await model(id);
    if (found !== null) yield [found, sensing(id)];
  }
}
