// One frame of one sensor, told in both coordinate systems.

import { rounded, toLocal, toWorld } from "../building/geometry.ts";
import type { DetectionsFact, Point } from "../model/fact.ts";
import type { DetectionsObservation } from "../model/observation.ts";
import type { FloorLayout, LaidSensor } from "./presence/floor-layout.ts";

/** Every frame is a fact, the empty one too: only it tells nobody from silence. Whoever stands in a mask is in neither list. */
export function detectionsOf(
  { at, local, world }: DetectionsObservation,
  { sensor, footprint }: LaidSensor,
  { plan }: FloorLayout,
): DetectionsFact {
  const lists: { local: Point[]; world: Point[] } = { local: [], world: [] };
  for (const given of world ?? local ?? []) {
    const point = world === undefined ? toWorld(footprint, given) : rounded(given);
    if (plan.isMasked(sensor, point[0], point[1])) continue;
    lists.world.push(point);
    lists.local.push(world === undefined ? given : rounded(toLocal(footprint, given)));
  }
  return { kind: "detections", at, revision: 0, sensor: sensor.id, ...lists };
}
