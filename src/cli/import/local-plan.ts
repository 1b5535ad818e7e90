// From GeoJSON in metres to a building model: one file per floor, each feature with a `kind` that says what it is. Its
// other properties become fields of the record, under the names that the model has for them.

import { basename, extname } from "node:path";
import { asText } from "../json.ts";
import { type Feature, type FeatureFile, metres, type Shape, shapeOf } from "./features.ts";
import { createImportLog, type ImportLog, type Source } from "./import-log.ts";
import { outlineOf, outlinesOf } from "./outlines.ts";

/** What the files do not say. */
export interface PlaceOptions {
  readonly organization: string;
  readonly timezone: string;
  readonly site?: string;
  readonly building?: string;
  /** For a single file. */
  readonly floor?: string;
}

type Fields = Record<string, unknown>;

/** A floor and the doors of it, as the model will hold them. */
interface Floor {
  readonly record: Fields;
  readonly lists: Readonly<Record<"rooms" | "zones" | "hives" | "sensors" | "access_points", Fields[]>>;
  readonly masks: unknown[];
  /** What hangs on a sensor that may stand further down in the file. */
  readonly ofSensors: ((sensors: ReadonlyMap<unknown, Fields>) => void)[];
}

export function modelOfPlans(files: readonly FeatureFile[], options: PlaceOptions, log: ImportLog): Fields {
  const { organization, timezone } = options;
  const site = options.site ?? `${organization}-site`;
  const building = options.building ?? `${organization}-building`;
  const floors = files.map((file) => floorOf(file, options, log));
  const doors = floors.flatMap(({ lists }) => lists.access_points);
  const house = {
    id: building,
    name: building,
    floors: floors.map(({ record }) => record),
    ...(doors.length > 0 ? { access_points: doors } : {}),
  };
  return {
    organization: { id: organization, name: organization },
    sites: [{ id: site, name: site, timezone, buildings: [house] }],
  };
}

function floorOf(file: FeatureFile, options: PlaceOptions, log: ImportLog): Floor {
  const source: Source = { file: file.file, feature: null };
  const id = options.floor ?? basename(file.file, extname(file.file)).replaceAll(/[^!-.0-[\]-~]+/g, "-");
  const floor: Floor = {
    record: { id, name: file.name ?? id },
    lists: { rooms: [], zones: [], hives: [], sensors: [], access_points: [] },
    masks: [],
    ofSensors: [],
  };
  log.sources.set(floor.record, source);
  checkScale(file, log);
  const own = file.features.filter(({ properties }) => properties["kind"] === "floor");
  for (const { source: second } of own.slice(1))
    log.fault(second, "A file has one floor; this is the second of its features of that kind.");
  for (const feature of file.features) addFeature(floor, feature, log);
  const sensors = new Map(floor.lists.sensors.map((sensor) => [String(sensor["id"]), sensor]));
  for (const hang of floor.ofSensors) hang(sensors);
  const { access_points: doors, ...lists } = floor.lists;
  for (const [name, list] of Object.entries(lists)) if (list.length > 0) floor.record[name] = list;
  if (floor.masks.length > 0) floor.record["masks"] = floor.masks;
  for (const door of doors) door["floor_id"] = floor.record["id"];
  return floor;
}

/** Metres and degrees look alike, but a floor that is a hand wide is none. */
function checkScale(file: FeatureFile, log: ImportLog): void {
  const points = file.features.flatMap((feature) => {
    const shape = shapeOf(feature, (x, y) => [x, y], createImportLog());
    return shape?.kind === "area" ? shape.polygons.flatMap(([edge]) => edge!) : [];
  });
  if (points.length === 0) return;
  const extent = (axis: 0 | 1): number => {
    const [least, most] = points.reduce(
      ([a, b], point) => [Math.min(a, point[axis]), Math.max(b, point[axis])],
      [Infinity, -Infinity],
    );
    return most! - least!;
  };
  const wide = Math.max(extent(0), extent(1));
  if (wide > 0.1) return;
  const message = `All that is drawn lies within ${wide.toPrecision(2)} metres. Positions must be metres on the floor, not longitude and latitude.`;
  log.fault({ file: file.file, feature: null }, message);
}

const kinds: Readonly<Record<string, (floor: Floor, feature: Feature, log: ImportLog) => void>> = {
  floor(floor, feature, log) {
    Object.assign(floor.record, fieldsOf(feature), area(feature, log));
    log.sources.set(floor.record, feature.source);
  },
  room: (floor, feature, log) => add(floor.lists.rooms, feature, area(feature, log), log),
  zone: (floor, feature, log) => add(floor.lists.zones, feature, area(feature, log), log),
  sensor: (floor, feature, log) => add(floor.lists.sensors, feature, { center: point(feature, log) }, log, false),
  hive: (floor, feature, log) => add(floor.lists.hives, feature, { coordinates: point(feature, log) }, log, false),
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

function addFeature(floor: Floor, feature: Feature, log: ImportLog): void {
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
function fieldsOf({ id, properties: { kind: _, ...fields } }: Feature): Fields {
  const own = fields["id"] ?? id;
  const given = Object.entries(fields).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(given), ...(own === undefined || own === null ? {} : { id: own }) };
}

/** Undefined where nothing is drawn: the record stays, without a place. */
function area(feature: Feature, log: ImportLog): Fields {
  if (feature.geometry === null || feature.geometry === undefined) return {};
  const shape = wanted("area", feature, log);
  if (shape === null) return {};
  const { outline, losses } = outlineOf(shape.polygons);
  log.lost(feature.source, losses);
  return { coordinates: outline };
}

function point(feature: Feature, log: ImportLog): unknown {
  if (feature.geometry === null || feature.geometry === undefined) return undefined;
  return wanted("point", feature, log)?.at;
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
  floor: Floor,
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
