// From an observation to the frame that is counted.

import { toWorld } from "../../building/geometry.ts";
import type { Point } from "../../model/fact.ts";
import type { DetectionsObservation } from "../../model/observation.ts";
import type { FloorLayout, LaidSensor } from "./floor-layout.ts";
import type { Frame } from "./frame.ts";

const nobody: readonly Point[] = [];

export function frameOf(
  { at, local, world }: DetectionsObservation,
  acceptedAt: number,
  { index, sensor, footprint }: LaidSensor,
  { plan }: FloorLayout,
): Frame {
  const given = world ?? local ?? nobody;
  const points: Point[] = [];
  for (const each of given) {
    const point = world === undefined ? toWorld(footprint, each) : each;
    if (!plan.isMasked(sensor, point[0], point[1])) points.push(point);
  }
  return { sensor: index, at: Math.min(at, acceptedAt), points };
}
