// From GeoJSON in metres to a building model: one file per floor, each feature with a `kind` that says what it is. Its
// other properties become fields of the record, under the names that the model has for them.

import { basename, extname } from "node:path";
import { type FeatureFile, shapeOf } from "./features.ts";
import { createImportLog, type ImportLog, type Source } from "./import-log.ts";
import { addFeature, type DrawnFloor, type Fields } from "./plan-features.ts";

/** What the files do not say. */
export interface PlaceOptions {
  readonly organization: string;
  readonly timezone: string;
  readonly site?: string;
  readonly building?: string;
  /** For a single file. */
  readonly floor?: string;
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

function floorOf(file: FeatureFile, options: PlaceOptions, log: ImportLog): DrawnFloor {
  const source: Source = { file: file.file, feature: null };
  const id = options.floor ?? basename(file.file, extname(file.file)).replaceAll(/[^!-.0-[\]-~]+/g, "-");
  const floor: DrawnFloor = {
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
  const wide = Math.max(
    ...([0, 1] as const).map((axis) => {
      const along = points.map((point) => point[axis]);
      return along.reduce((a, b) => Math.max(a, b)) - along.reduce((a, b) => Math.min(a, b));
    }),
  );
  if (wide > 0.1) return;
  const message = `All that is drawn lies within ${wide.toPrecision(2)} metres. Positions must be metres on the floor, not longitude and latitude.`;
  log.fault({ file: file.file, feature: null }, message);
}
