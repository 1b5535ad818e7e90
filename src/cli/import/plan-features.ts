// What each kind of feature of a plan in metres becomes on its floor.

import { asText } from "../json.ts";
import { type Feature, metres, type Shape, shapeOf } from "./features.ts";
import type { ImportLog } from "./import-log.ts";
import { outlineOf, outlinesOf } from "./outlines.ts";

export type Fields = Record<string, unknown>;

/** A floor and the doors of it, as the model will hold them. */
export interface DrawnFloor {
  readonly record: Fields;
  readonly lists: Readonly<Record<"rooms" | "zones" | "hives" | "sensors" | "access_points", Fields[]>>;
  readonly masks: unknown[];
  /** What hangs on a sensor that may stand further down in the file. */
  readonly ofSensors: ((sensors: ReadonlyMap<unknown, Fields>) => void)[];
}

const kinds: Readonly<Record<string, (floor: DrawnFloor, feature: Feature, log: ImportLog) => void>> = {
  floor(floor, feature, log) {
    Object.assign(floor.record, fieldsOf(feature), area(feature, log));
    log.sources.set(floor.record, feature.source);
  },
  room: (floor, feature, log) => add(floor.lists.rooms, feature, area(feature, log), log),
  zone: (floor, feature, log) => add(floor.lists.zones, feature, area(feature, log), log),
  sensor: (floor, feature, log) => add(floor.lists.sensors, feature, point("center", feature, log), log, false),
  hive: (floor, feature, log) => add(floor.lists.hives, feature, point("coordinates", feature, log), log, false),
  door(floor, feature, log) {
    const shape = shapeOf(feature, metres, log);
    const place = shape?.kind === "point" ? { center: shape.at } : shape?.kind === "line" ? { line: shape.points } : {};
    if (shape?.kind === "area") log.fault(feature.source, "A door must be a Point or a LineString.");
    add(floor.lists.access_points, feature, place, log);
  },
  mask(floor, feature, log) {
    const shape = wanted("area", feature, log);
    if (shape === null) return;
    const masks = outlinesOf(shape.polygons).map(({ outline, losses }) => {
      log.lost(feature.source, losses);
      return outline;
    });
    const { sensor_id: sensor } = feature.properties;
    if (sensor === undefined || sensor === null) floor.masks.push(...masks);
    else
      ofSensor(floor, feature, log, (fields) => ({
        masks: [...((fields["masks"] as unknown[] | undefined) ?? []), ...masks],
      }));
  },
  counting_line(floor, feature, log) {
    const shape = wanted("line", feature, log);
    if (shape !== null) ofSensor(floor, feature, log, () => ({ counting_line: { line: shape.points } }));
  },
};

export function addFeature(floor: DrawnFloor, feature: Feature, log: ImportLog): void {
  const { kind } = feature.properties;
  const take = typeof kind === "string" && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (take !== undefined) return take(floor, feature, log);
  const given = kind === undefined || kind === null ? "It has no kind" : `Its kind is ${JSON.stringify(kind)}`;
  log.fault(feature.source, `${given}: set the property kind to one of ${Object.keys(kinds).join(", ")}.`);
}

function add(list: Fields[], feature: Feature, place: Fields, log: ImportLog, named = true): void {
  const fields = fieldsOf(feature);
  if (fields["id"] === undefined) {
    log.fault(feature.source, `The ${String(feature.properties["kind"])} has no id: give it a property id.`);
    return;
  }
  const { id, ...others } = fields;
  const record = { id, ...(named ? { name: asText(id) } : {}), ...others, ...place };
  log.sources.set(record, feature.source);
  list.push(record);
}

/** Its properties as fields. Drawing programs write null where somebody left a property empty. */
function fieldsOf(feature: Feature): Fields {
  const given = Object.entries(feature.properties).filter(([name, value]) => value !== null && name !== "kind");
  const fields = Object.fromEntries(given);
  const id = fields["id"] ?? feature.id ?? undefined;
  return id === undefined ? fields : { ...fields, id };
}

/** Empty where nothing is drawn: the record stays, without a place. */
function area(feature: Feature, log: ImportLog): Fields {
  if (feature.geometry === null || feature.geometry === undefined) return {};
  const shape = wanted("area", feature, log);
  if (shape === null) return {};
  const { outline, losses } = outlineOf(shape.polygons);
  log.lost(feature.source, losses);
  return { coordinates: outline };
}

function point(field: string, feature: Feature, log: ImportLog): Fields {
  if (feature.geometry === null || feature.geometry === undefined) return {};
  const shape = wanted("point", feature, log);
  return shape === null ? {} : { [field]: shape.at };
}

const geometries = { point: "a Point", line: "a LineString", area: "a Polygon" } as const;

function wanted<Kind extends Shape["kind"]>(
  kind: Kind,
  feature: Feature,
  log: ImportLog,
): Extract<Shape, { kind: Kind }> | null {
  const before = log.faults.length;
  const shape = shapeOf(feature, metres, log);
  if (shape?.kind === kind) return shape as Extract<Shape, { kind: Kind }>;
  if (log.faults.length > before) return null;
  return log.fault(feature.source, `A ${String(feature.properties["kind"])} must be ${geometries[kind]}.`);
}

function ofSensor(
  floor: DrawnFloor,
  { source, properties }: Feature,
  log: ImportLog,
  fields: (sensor: Fields) => Fields,
): void {
  const { kind, sensor_id: id } = properties;
  floor.ofSensors.push((sensors) => {
    const sensor = sensors.get(String(id));
    if (sensor !== undefined) Object.assign(sensor, fields(sensor));
    else
      log.fault(
        source,
        `The ${String(kind)} names sensor ${JSON.stringify(id ?? null)} in sensor_id, which is not in this file.`,
      );
  });
}
