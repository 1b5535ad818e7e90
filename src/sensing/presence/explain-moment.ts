// Why a space holds so many people at a moment: the frames that count, the people in them, merged and placed, by the same
// functions that count them. A function of observations from the log; moments are moments of sensing.

import { toWorld } from "../../building/geometry.ts";
import type { Point } from "../../model/fact.ts";
import type { DetectionsObservation, LoggedObservation } from "../../model/observation.ts";
import type { FloorLayout, LaidSensor, LaidSpace } from "./floor-layout.ts";
import { createFloorView } from "./floor-view.ts";
import { frameOf } from "./frame-of.ts";
import { type Frame, holdMs } from "./frame.ts";

export interface ExplainedFrame {
  /** Moment of sensing as it counts, and of acceptance, epoch ms. */
  readonly at: number;
  readonly acceptedAt: number;
  /** Points of the frame, metres on the floor: people, and those left out by a mask or beyond the floor. */
  readonly people: number;
  readonly masked: readonly Point[];
}

export interface ExplainedSensor {
  readonly id: string;
  /** Whether the space is known while it is heard. Others see people who stand in the space. */
  readonly speaks: boolean;
  /** The frame that counts at the moment; null: the sensor is silent. */
  readonly frame: ExplainedFrame | null;
  /** Its last frame before the moment, as far as it was looked for; null: none. */
  readonly last: ExplainedFrame | null;
}

export interface ExplainedPerson {
  readonly at: Point;
  /** Ids of the sensors that see this person; several: merged. */
  readonly sensors: readonly string[];
  /** How much it adds to the space: more than 1 where sensors are summed. */
  readonly counts: number;
}

export interface ExplainedMoment {
  /** null: unknown. */
  readonly value: number | null;
  readonly heard: number;
  readonly sensors: readonly ExplainedSensor[];
  /** Those who count in the space. */
  readonly people: readonly ExplainedPerson[];
  /** People on the floor who do not count in the space. */
  readonly elsewhere: number;
}

interface Newest {
  readonly frame: Frame;
  readonly logged: LoggedObservation;
}

/** Yields now and then, so that whoever calls can let others work. Observations in any order but for those of one moment. */
export function* explainMoment(
  layout: FloorLayout,
  space: LaidSpace,
  observations: readonly LoggedObservation[],
  at: number,
): Generator<void, ExplainedMoment> {
  const newest = yield* newestFrames(layout, observations, at);
  const view = createFloorView(layout);
  for (const { frame } of newest.values()) if (at < frame.at + holdMs) view.show(frame.sensor, frame.points);
  const everybody = view.people();
  const people = everybody.flatMap(({ at: where, sensors, adds }): ExplainedPerson[] => {
    const counts = addedTo(space.index, adds);
    return counts === 0 ? [] : [{ at: where, sensors: sensors.map((each) => layout.sensors[each]!.sensor.id), counts }];
  });
  const seeing = new Set(people.flatMap(({ sensors }) => sensors));
  const heard = view.heard(space.index);
  return {
    value: heard === 0 ? null : view.count(space.index),
    heard,
    sensors: layout.sensors
      .filter(({ sensor, speaksFor }) => speaksFor.includes(space.index) || seeing.has(sensor.id))
      .map((laid) => explained(laid, space, newest.get(laid.index), layout, at)),
    people,
    elsewhere: everybody.length - people.length,
  };
}

function* newestFrames(
  layout: FloorLayout,
  observations: readonly LoggedObservation[],
  at: number,
): Generator<void, ReadonlyMap<number, Newest>> {
  const newest = new Map<number, Newest>();
  let count = 0;
  for (const logged of observations) {
    if (++count % 1_000 === 0) yield;
    const { observation, acceptedAt } = logged;
    const laid = observation.kind === "detections" ? layout.sensor(observation.sensor) : undefined;
    if (laid === undefined) continue;
    const moment = Math.min(observation.at, acceptedAt);
    const before = newest.get(laid.index);
    if (moment > at || (before !== undefined && moment < before.frame.at)) continue;
    newest.set(laid.index, {
      frame: frameOf(observation as DetectionsObservation, acceptedAt, laid, layout),
      logged,
    });
  }
  return newest;
}

/** `adds`: pairs of a space and how much is added to it. */
function addedTo(space: number, adds: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < adds.length; i += 2) if (adds[i] === space) sum += adds[i + 1]!;
  return sum;
}

function explained(
  laid: LaidSensor,
  space: LaidSpace,
  newest: Newest | undefined,
  layout: FloorLayout,
  at: number,
): ExplainedSensor {
  const last = newest === undefined ? null : shown(newest, laid, layout);
  return {
    id: laid.sensor.id,
    speaks: laid.speaksFor.includes(space.index),
    frame: last !== null && at < last.at + holdMs ? last : null,
    last,
  };
}

function shown({ frame, logged }: Newest, laid: LaidSensor, layout: FloorLayout): ExplainedFrame {
  const { local = [], world } = logged.observation as DetectionsObservation;
  const points = world ?? local.map((each) => toWorld(laid.footprint, each));
  return {
    at: frame.at,
    acceptedAt: logged.acceptedAt,
    people: frame.points.length,
    masked: points.filter(([x, y]) => layout.plan.isMasked(laid.sensor, x, y)),
  };
}
