// From an observation to the frame that is counted.

import { toWorld } from "../../building/geometry.ts";
import type { Point } from "../../model/fact.ts";
import type { DetectionsObservation } from "../../model/observation.ts";
import type { FloorLayout, LaidSensor } from "./floor-layout.ts";
import type { Frame } from "./frame.ts";

const nobody: readonly Point[] = [];

export function frameOf(
  { at, local, world, tracks }: DetectionsObservation,
  acceptedAt: number,
  { index, sensor, footprint }: LaidSensor,
  { plan }: FloorLayout,
): Frame {
  const given = world ?? local ?? nobody;
  const ids = sensor.countingLine === null ? undefined : tracks;
  const points: Point[] = [];
  const kept: string[] = [];
  for (const [i, each] of given.entries()) {
    const point = world === undefined ? toWorld(footprint, each) : each;
    if (plan.isMasked(sensor, point[0], point[1])) continue;
    points.push(point);
    if (ids !== undefined) kept.push(String(ids[i]));
  }
  return { sensor: index, at: Math.min(at, acceptedAt), points, tracks: ids === undefined ? null : kept };
}
