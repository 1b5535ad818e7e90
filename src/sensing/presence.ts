// How many people presence sensors see on a floor, in its rooms and in its zones at this instant: the sum of the last
// frames of its sensors. Where each of the people counts is places.ts; overlapping sensors are not merged.

import type { BuildingModel, Sensor } from "../building/building.ts";
import type { OccupancyFact, Point } from "../model/fact.ts";
import { peopleIn, type SensedPlace, placesOf } from "./places.ts";
import { type Fold, memory, nothing, type SensingState, together } from "./state.ts";

/** The last frame of a sensor. */
interface Frame {
  readonly at: number;
  readonly count: number;
  /** People by `room:ID` and `zone:ID`, where there are any. */
  readonly places: Readonly<Record<string, number>>;
}

/** The last statement about a space. */
interface Stated {
  readonly at: number;
  readonly count: number;
  readonly revision: number;
}

const frames = memory<Frame>("frame");
const counts = {
  room: memory<Stated>("occupancy:room"),
  floor: memory<Stated>("occupancy:floor"),
  zone: memory<Stated>("occupancy:zone"),
};

/** `count` people at these points of the floor. A frame older than the sensor's last one says nothing about now; of two
 * frames of one moment the later accepted counts. */
export function foldPresence(
  state: SensingState,
  { at, count, world }: { readonly at: number; readonly count: number; readonly world: readonly Point[] },
  sensor: Sensor,
  model: BuildingModel,
): Fold {
  if (sensor.mode !== "presence") return nothing;
  const last = frames.of(state, sensor.id);
  if (last !== undefined && at < last.at) return nothing;

  const { floor } = sensor;
  const frame: Frame = { at, count, places: peopleIn(placesOf(sensor, model), count, world) };
  const current = model
    .sensorsOfFloor(floor.id)
    .filter(({ mode }) => mode === "presence")
    .flatMap((each) => (each === sensor ? frame : (frames.of(state, each.id) ?? [])));
  const stateOf = ({ level, id, key }: SensedPlace): Fold =>
    stateCount(
      state,
      level,
      id,
      at,
      sum(current, ({ places }) => places[key] ?? 0),
    );
  /** What this sensor is there for, and what it saw somebody in just now or in the frame before. */
  const touched = placesOf(sensor, model).filter(
    ({ own, key }) => own || frame.places[key] !== undefined || last?.places[key] !== undefined,
  );
  const of = (level: SensedPlace["level"]) => touched.filter((place) => place.level === level).map(stateOf);
  return together(
    { facts: [], changed: [frames.keep(sensor.id, frame)] },
    ...of("room"),
    stateCount(
      state,
      "floor",
      floor.id,
      at,
      sum(current, ({ count }) => count),
    ),
    ...of("zone"),
  );
}

const sum = (all: readonly Frame[], of: (frame: Frame) => number): number =>
  all.reduce((total, frame) => total + of(frame), 0);

/** A fact when the count is new. The time of a space never goes back, so that the newest statement is the one that
 * holds: a frame of a slower clock is dated by the last statement and corrects it. */
function stateCount(
  state: SensingState,
  level: OccupancyFact["level"],
  space: string,
  at: number,
  count: number,
): Fold {
  const last = counts[level].of(state, space);
  if (last?.count === count) return nothing;
  const common = { kind: "occupancy", level, space, window: "instant", count } as const;
  const fact: OccupancyFact =
    last === undefined || at > last.at
      ? { ...common, at, revision: 0 }
      : { ...common, at: last.at, revision: last.revision + 1, previous: last.count };
  const stated: Stated = { at: fact.at, count, revision: fact.revision };
  return { facts: [fact], changed: [counts[level].keep(space, stated)] };
}
