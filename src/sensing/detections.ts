// One frame of one sensor, told in both coordinate systems.

import type { Sensor } from "../building/building.ts";
import { rounded, toLocal, toWorld } from "../building/geometry.ts";
import type { DetectionsFact } from "../model/fact.ts";
import type { DetectionsObservation } from "../model/observation.ts";

/** Every frame is a fact, the empty one too: only it tells nobody from silence. Of a sensor that the model does not place
 * only the side that it gave itself is known; the other stays empty. */
export function detectionsOf({ at, local, world }: DetectionsObservation, sensor: Sensor): DetectionsFact {
  const { footprint } = sensor;
  const place = (): DetectionsFact["world"] =>
    footprint === null ? [] : (local ?? []).map((point) => toWorld(footprint, point));
  const view = (): DetectionsFact["local"] =>
    footprint === null ? [] : (world ?? []).map((point) => rounded(toLocal(footprint, point)));
  return {
    kind: "detections",
    at,
    revision: 0,
    sensor: sensor.id,
    local: local ?? view(),
    world: world?.map(rounded) ?? place(),
  };
}
