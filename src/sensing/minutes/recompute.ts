// A minute of a floor computed from the log, whatever order its frames came in: the same function as of minutes as they end.

import { minuteMs } from "../../model/minute.ts";
import { mostAheadMs } from "../../model/moment.ts";
import type { LoggedObservation } from "../../model/observation.ts";
import type { FloorLayout } from "../presence/floor-layout.ts";
import type { Frame } from "../presence/frame.ts";
import { frameOf } from "../presence/frame-of.ts";
import { marginMs } from "./estimator.ts";
import { isTooLate } from "./floor-minutes.ts";
import { createSampler, reachMs, type SpaceValues } from "./sampler.ts";

/** The moments of sensing whose observations a minute may need, also of clocks that run ahead. */
export function rangeOf(minute: number): { readonly from: number; readonly until: number } {
  return { from: minute - reachMs, until: minute + minuteMs + marginMs + mostAheadMs };
}

/** `withTooLate`: also what was accepted after the lateness. Yields now and then, so that whoever calls can let others work. */
export function* recompute(
  layout: FloorLayout,
  observations: readonly LoggedObservation[],
  minute: number,
  withTooLate: boolean,
): Generator<void, SpaceValues> {
  const sampler = createSampler(layout);
  let count = 0;
  for (const frame of framesOf(layout, observations, minute, withTooLate)) {
    sampler.show(frame);
    if (++count % 1_000 === 0) yield;
  }
  sampler.reach(minute + minuteMs + marginMs);
  return sampler.minute(minute);
}

/** In order of time; of those of one moment the later accepted is the last. */
function framesOf(
  layout: FloorLayout,
  observations: readonly LoggedObservation[],
  minute: number,
  withTooLate: boolean,
): readonly Frame[] {
  const end = minute + minuteMs + marginMs;
  const frames: Frame[] = [];
  for (const { observation, acceptedAt } of observations) {
    if (observation.kind !== "detections" || (!withTooLate && isTooLate(minute, acceptedAt))) continue;
    const sensor = layout.sensor(observation.sensor);
    if (sensor === undefined) continue;
    const frame = frameOf(observation, acceptedAt, sensor, layout);
    if (frame.at >= minute - reachMs && frame.at < end) frames.push(frame);
  }
  return frames.toSorted((a, b) => a.at - b.at);
}
