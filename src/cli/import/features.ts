// Reading GeoJSON [RFC 7946]: the features of a file, and the shape of one, whose positions a projection turns into
// metres on the floor. Knows nothing of what a feature stands for.

import type { Point } from "../../model/fact.ts";
import { asRecord } from "../json.ts";
import type { ImportLog, Source } from "./import-log.ts";

export interface Feature {
  readonly source: Source;
  /** As the file has it: text, a number, or nothing. */
  readonly id: unknown;
  /** IMDF's name for what it is. */
  readonly featureType: unknown;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly geometry: unknown;
}

export interface FeatureFile {
  readonly file: string;
  /** The collection's own name, as drawing programs write it; null: none. */
  readonly name: string | null;
  readonly features: readonly Feature[];
}

/** The features of a FeatureCollection, or null after it noted why `text` is none. */
export function readFeatures(file: string, text: string, log: ImportLog): FeatureFile | null {
  const source: Source = { file, feature: null };
  if (text.startsWith("PK")) return log.fault(source, "This is a zip archive. Unpack it and name the folder.");
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    return log.fault(source, `This is not JSON: ${(error as Error).message}.`);
  }
  const { type, name, features } = asRecord(read);
  if (type !== "FeatureCollection" || !Array.isArray(features)) {
    return log.fault(source, 'This is not GeoJSON of the type "FeatureCollection".');
  }
  return {
    file,
    name: typeof name === "string" && name.trim() !== "" ? name : null,
    features: features.map((each: unknown, index): Feature => {
      const { id, feature_type, properties, geometry } = asRecord(each);
      return {
        source: { file, feature: index + 1 },
        id,
        featureType: feature_type,
        properties: asRecord(properties),
        geometry,
      };
    }),
  };
}

/** A polygon's rings: its edge, then its holes. */
export type Polygon = readonly (readonly Point[])[];

export type Shape =
  | { readonly kind: "point"; readonly at: Point }
  | { readonly kind: "line"; readonly points: readonly Point[] }
  | { readonly kind: "area"; readonly polygons: readonly Polygon[] };

/** From a position of the file to metres on the floor; null: it cannot be one. */
export type Projection = (x: number, y: number) => Point | null;

/** Of a drawing that is in metres already. To the millimetre, which no drawing of a building keeps to. */
export const metres: Projection = (x, y) => [millimetres(x), millimetres(y)];

export const millimetres = (metres: number): number => Math.round(metres * 1_000) / 1_000 + 0;

/** The shape of the feature's geometry; null where it has none, and after a fault was noted. */
export function shapeOf({ source, geometry }: Feature, project: Projection, log: ImportLog): Shape | null {
  if (geometry === null || geometry === undefined) return null;
  const { type, coordinates } = asRecord(geometry);
  const read = typeof type === "string" && Object.hasOwn(shapes, type) ? shapes[type] : undefined;
  if (read === undefined) return log.fault(source, `A geometry of the type ${JSON.stringify(type)} cannot be read.`);
  const shape = read(coordinates, project);
  return shape ?? log.fault(source, `Its geometry is not a ${String(type)} of positions in the right form.`);
}

/** `null`: not of that form. */
const shapes: Readonly<Record<string, (coordinates: unknown, project: Projection) => Shape | null>> = {
  Point(coordinates, project) {
    const at = pointOf(coordinates, project);
    return at === null ? null : { kind: "point", at };
  },
  LineString(coordinates, project) {
    const points = listOf(coordinates, (each) => pointOf(each, project));
    return points === null || points.length < 2 ? null : { kind: "line", points };
  },
  Polygon(coordinates, project) {
    const polygon = polygonOf(coordinates, project);
    return polygon === null ? null : { kind: "area", polygons: [polygon] };
  },
  MultiPolygon(coordinates, project) {
    const polygons = listOf(coordinates, (each) => polygonOf(each, project));
    return polygons === null || polygons.length === 0 ? null : { kind: "area", polygons };
  },
};

function polygonOf(value: unknown, project: Projection): Polygon | null {
  const rings = listOf(value, (ring) => listOf(ring, (each) => pointOf(each, project)));
  return rings === null || rings.length === 0 ? null : rings;
}

function listOf<Item>(value: unknown, read: (each: unknown) => Item | null): readonly Item[] | null {
  if (!Array.isArray(value)) return null;
  const items = value.map(read);
  return items.includes(null) ? null : (items as Item[]);
}

/** A position may have a height, which a plan leaves out. */
function pointOf(value: unknown, project: Projection): Point | null {
  if (!Array.isArray(value) || value.length < 2) return null;
  const [x, y] = value as readonly unknown[];
  if (typeof x !== "number" || typeof y !== "number") return null;
  return Number.isFinite(x) && Number.isFinite(y) ? project(x, y) : null;
}
