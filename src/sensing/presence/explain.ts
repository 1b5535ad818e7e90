// Why a count is what it is: the moment, its minute, and what came late for it. A function of the building model as it is now
// and of the observations in the log; nothing is changed.

import type { BuildingModel } from "../../building/building.ts";
import type { SpaceLevel } from "../../model/fact.ts";
import { minuteMs, minuteOf } from "../../model/minute.ts";
import type { LoggedObservation } from "../../model/observation.ts";
import type { MinuteValue } from "../minutes/estimator.ts";
import { closeAfterMs, isTooLate, minutesOf } from "../minutes/floor-minutes.ts";
import { rangeOf, recompute } from "../minutes/recompute.ts";
import type { SpaceValues } from "../minutes/sampler.ts";
import { type ExplainedMoment, explainMoment } from "./explain-moment.ts";
import { type FloorLayout, floorOf, type LaidSpace, layoutOf } from "./floor-layout.ts";

export interface Question {
  readonly level: SpaceLevel;
  readonly id: string;
  /** Moment of sensing, epoch ms. */
  readonly at: number;
}

/** A frame that came when its minute had ended. */
export interface LateFrame {
  readonly sensor: string;
  readonly at: number;
  readonly acceptedAt: number;
  /** It came after the lateness: it counts only where somebody asks. */
  readonly isTooLate: boolean;
}

export interface Explanation {
  readonly moment: ExplainedMoment;
  /** The minute that the moment is in. */
  readonly minute: number;
  /** Its value by the frames that count; null: not observed for long enough. */
  readonly value: MinuteValue | null;
  /** The same with what came too late; null where nothing did. */
  readonly withTooLate: { readonly value: MinuteValue | null } | null;
  /** Of sensors that speak for the space, in order of time; `late` holds the first of them. */
  readonly late: readonly LateFrame[];
  readonly lateCount: number;
}

const mostLate = 100;

/** The observations of the floor that an answer needs: moments of sensing with `from` ≤ moment < `until`. */
export const neededFor = (at: number): { readonly from: number; readonly until: number } => rangeOf(minuteOf(at));

/** Yields now and then, so that whoever calls can let others work. null: the model does not have the space. */
export function* explain(
  model: BuildingModel,
  { level, id, at }: Question,
  observations: readonly LoggedObservation[],
): Generator<void, Explanation | null> {
  const place = floorOf(level, id, model);
  if (place === undefined) return null;
  const layout = layoutOf(place, model);
  const space = layout.space(`${level}:${id}`);
  if (space === undefined) return null;
  const minute = minuteOf(at);
  const moment = yield* explainMoment(layout, space, observations, at);
  const late = lateFrames(layout, space, observations, minute);
  const valueOf = (values: SpaceValues): MinuteValue | null =>
    values.find(([index]) => index === space.index)?.[1] ?? null;
  const value = valueOf(yield* recompute(layout, observations, minute, false));
  const hasTooLate = late.some((each) => each.isTooLate);
  return {
    moment,
    minute,
    value,
    withTooLate: hasTooLate ? { value: valueOf(yield* recompute(layout, observations, minute, true)) } : null,
    late: late.slice(0, mostLate),
    lateCount: late.length,
  };
}

function lateFrames(
  layout: FloorLayout,
  space: LaidSpace,
  observations: readonly LoggedObservation[],
  minute: number,
): readonly LateFrame[] {
  const closedAt = minute + minuteMs + closeAfterMs;
  return observations
    .flatMap(({ observation, acceptedAt }): LateFrame[] => {
      if (observation.kind !== "detections" || acceptedAt <= closedAt) return [];
      const speaks = layout.sensor(observation.sensor)?.speaksFor.includes(space.index) === true;
      const [first, last] = minutesOf(Math.min(observation.at, acceptedAt));
      if (!speaks || minute < first || minute > last) return [];
      const { sensor, at } = observation;
      return [{ sensor, at, acceptedAt, isTooLate: isTooLate(minute, acceptedAt) }];
    })
    .toSorted((a, b) => a.at - b.at);
}
