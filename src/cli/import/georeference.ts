// From longitude and latitude to metres on a plan. Equirectangular around one corner, with the Earth's curvature there:
// over a building it is right to millimetres, over a kilometre to a few centimetres.

import type { Point } from "../../model/fact.ts";
import { metres, type Projection } from "./features.ts";

/** How a plan lies on the Earth; kept with every floor, so that its metres can be turned back. */
export interface Georeference {
  /** Longitude and latitude of the plan's [0, 0], in degrees [WGS 84]. */
  readonly origin: readonly [longitude: number, latitude: number];
  /** Degrees, counter-clockwise: where the plan's x axis points, seen from east. */
  readonly rotation: number;
  readonly metres_per_degree: readonly [longitude: number, latitude: number];
}

/** WGS 84: half the equator's diameter in metres, and the square of the eccentricity. */
const equator = 6_378_137;
const eccentricity = 0.006_694_379_990_14;

export function georeferenceAt(origin: readonly [longitude: number, latitude: number], rotation: number): Georeference {
  const latitude = radians(origin[1]);
  const flattened = 1 - eccentricity * Math.sin(latitude) ** 2;
  const metresPerDegree = [
    (radians(1) * equator * Math.cos(latitude)) / Math.sqrt(flattened),
    (radians(1) * equator * (1 - eccentricity)) / flattened ** 1.5,
  ] as const;
  return { origin, rotation, metres_per_degree: metresPerDegree };
}

/** Positions beyond the Earth's degrees are none. */
export function projectionOf({ origin, rotation, metres_per_degree }: Georeference): Projection {
  const [cos, sin] = [Math.cos(radians(rotation)), Math.sin(radians(rotation))];
  return (longitude, latitude) => {
    if (degrees(longitude, latitude) === null) return null;
    const east = (longitude - origin[0]) * metres_per_degree[0];
    const north = (latitude - origin[1]) * metres_per_degree[1];
    return metres(east * cos + north * sin, north * cos - east * sin);
  };
}

/** The projection that leaves positions as they are, if they are degrees. */
export const degrees: Projection = (longitude, latitude): Point | null =>
  Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90 ? [longitude, latitude] : null;

const radians = (angle: number): number => (angle * Math.PI) / 180;
