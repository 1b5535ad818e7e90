// From IMDF [OGC 20-094] to a building model: venue → site, buildings → buildings, levels → floors, units → rooms, sections →
// zones, openings → access points; fixtures of chosen categories, such as desks, → zones as well.

import type { Point } from "../../model/fact.ts";
import { asText } from "../json.ts";
import { type Feature, type FeatureFile, type Projection, shapeOf } from "./features.ts";
import { degrees, type Georeference, georeferenceAt, projectionOf } from "./georeference.ts";
import { createNames, type Names } from "./imdf-names.ts";
import { createImportLog, type ImportLog } from "./import-log.ts";
import { outlineOf } from "./outlines.ts";

export interface ImdfOptions {
  readonly organization: string;
  readonly timezone: string;
  /** Default: the id of the venue. */
  readonly site?: string;
  /** Degrees by which the plan's x axis is turned from east, counter-clockwise. */
  readonly rotation: number;
  /** Categories of fixtures that become zones. */
  readonly fixtures: readonly string[];
  /** Language tag of the names to take, where a name has several. */
  readonly language: string | null;
}

type Fields = Record<string, unknown>;

interface Building extends Fields {
  readonly floors: Floor[];
  readonly access_points: Fields[];
}

interface Floor extends Fields {
  readonly rooms: Fields[];
  readonly zones: Fields[];
}

/** What reading a feature needs to know. */
interface Context {
  readonly project: Projection;
  readonly names: Names;
  readonly log: ImportLog;
}

/** Units in which nobody can stand. */
const withoutPeople: ReadonlySet<unknown> = new Set(["opentobelow", "structure", "column"]);

/** The model, not checked yet; null after it noted why there is none. */
export function modelOfImdf(files: readonly FeatureFile[], options: ImdfOptions, log: ImportLog): Fields | null {
  const features = files.flatMap((file) => file.features);
  const of = (type: string): readonly Feature[] => features.filter(({ featureType }) => featureType === type);
  const [venue, second] = of("venue");
  const levels = of("level");
  const whole = { file: files[0]?.file ?? "", feature: null };
  if (second !== undefined) return log.fault(second.source, "This is a second venue. Import one at a time.");
  if (venue === undefined) return log.fault(whole, "No file has a venue: IMDF needs venue.geojson.");
  if (levels.length === 0) return log.fault(whole, "No file has a level: IMDF needs level.geojson.");

  const georeference = georeferenceAt(southWestOf(levels), options.rotation);
  const names = createNames(of("occupant"), of("anchor"), options.language);
  const context = { project: projectionOf(georeference), names, log };
  const [longitude, latitude] = georeference.origin;
  log.notes.push(
    `[0, 0] of every floor is at longitude ${longitude}, latitude ${latitude}; its x axis points ${options.rotation} degrees from east, counter-clockwise.`,
  );
  const site: Fields = {
    id: options.site ?? venue.id,
    name: names.of(venue) ?? options.site ?? asText(venue.id),
    timezone: options.timezone,
    buildings: housesOf(of, venue, georeference, options, context),
  };
  log.sources.set(site, venue.source);
  const { organization } = options;
  return { organization: { id: organization, name: organization }, sites: [site] };
}

function housesOf(
  of: (type: string) => readonly Feature[],
  venue: Feature,
  georeference: Georeference,
  options: ImdfOptions,
  context: Context,
): readonly Fields[] {
  const buildings = new Map(of("building").map((feature) => [feature.id, buildingOf(feature, context)]));
  const floors = new Map<unknown, { floor: Floor; building: Building }>();
  for (const level of of("level")) {
    const building = homeOf(level, buildings, venue, context);
    const floor = { ...floorOf(level, context), georeference };
    context.log.sources.set(floor, level.source);
    building.floors.push(floor);
    floors.set(level.id, { floor, building });
  }
  const onFloor = (feature: Feature, take: (floor: Floor, building: Building) => void): void => {
    const { level_id: id } = feature.properties;
    const found = floors.get(id);
    if (found !== undefined) take(found.floor, found.building);
    else context.log.fault(feature.source, `Its level_id ${JSON.stringify(id ?? null)} is the id of no level.`);
  };
  for (const unit of of("unit")) {
    if (withoutPeople.has(unit.properties["category"])) continue;
    onFloor(unit, ({ rooms }) => rooms.push(spaceOf(unit, "roomType", context)));
  }
  for (const section of of("section"))
    onFloor(section, ({ zones }) => zones.push(spaceOf(section, "category", context)));
  for (const fixture of of("fixture")) {
    if (!options.fixtures.includes(asText(fixture.properties["category"]))) continue;
    const unit = context.names.unitOf(fixture);
    onFloor(fixture, ({ rooms, zones }) => {
      const zone = spaceOf(fixture, "category", context);
      if (rooms.some(({ id }) => id === unit)) zone["room_id"] = unit;
      zones.push(zone);
    });
  }
  for (const opening of of("opening")) {
    onFloor(opening, ({ id }, { access_points }) => access_points.push(doorOf(opening, id, context)));
  }
  return [...buildings.values()];
}

/** The building that a level is part of. What stands outside of all of them is part of the venue itself. */
function homeOf(level: Feature, buildings: Map<unknown, Building>, venue: Feature, context: Context): Building {
  const { building_ids: given } = level.properties;
  const ids: readonly unknown[] = Array.isArray(given) ? given : [];
  const unknown = ids.find((id) => !buildings.has(id));
  if (unknown !== undefined) {
    context.log.fault(
      level.source,
      `Its building_ids name ${JSON.stringify(unknown)}, which is the id of no building.`,
    );
  }
  if (ids.length > 1)
    context.log.lost(level.source, [`it belongs to ${ids.length} buildings and is put into the first`]);
  const home = buildings.get(ids[0]) ?? (buildings.size === 1 ? [...buildings.values()][0] : buildings.get(venue.id));
  if (home !== undefined) return home;
  const made = buildingOf(venue, context);
  buildings.set(venue.id, made);
  return made;
}

function buildingOf(feature: Feature, { names, log }: Context): Building {
  const building: Building = {
    id: feature.id,
    name: names.of(feature) ?? named("Building", feature),
    floors: [],
    access_points: [],
  };
  log.sources.set(building, feature.source);
  return building;
}

function floorOf(level: Feature, context: Context): Floor {
  const { ordinal, short_name: short } = level.properties;
  const name = context.names.of(level) ?? context.names.in(short) ?? `Level ${asText(ordinal)}`;
  const shape = shapeOf(level, context.project, context.log);
  const floor: Floor = { id: level.id, name, floorNumber: ordinal, rooms: [], zones: [] };
  if (shape?.kind !== "area") return floor;
  // Beyond its outline nobody counts: one that leaves parts of the level out would lose the people in them.
  if (shape.polygons.length > 1) {
    context.log.lost(level.source, [`it has ${shape.polygons.length} parts, so that its floor has no outline`]);
    return floor;
  }
  const { outline, losses } = outlineOf(shape.polygons);
  context.log.lost(level.source, losses);
  return { ...floor, coordinates: outline };
}

/** A room or a zone; `categoryField` is the field that keeps the category. */
function spaceOf(feature: Feature, categoryField: string, { project, names, log }: Context): Fields {
  const { category } = feature.properties;
  const name = names.of(feature) ?? names.ofOccupant(feature) ?? named(asText(category) || "Space", feature);
  const space: Fields = { id: feature.id, name, [categoryField]: category };
  log.sources.set(space, feature.source);
  const shape = shapeOf(feature, project, log);
  if (shape?.kind === "area") {
    const { outline, losses } = outlineOf(shape.polygons);
    log.lost(feature.source, losses);
    space["coordinates"] = outline;
  } else if (shape !== null) log.fault(feature.source, "Its geometry must be a Polygon or a MultiPolygon.");
  return space;
}

function doorOf(opening: Feature, floor: unknown, { project, names, log }: Context): Fields {
  const shape = shapeOf(opening, project, log);
  const door: Fields = {
    id: opening.id,
    name: names.of(opening) ?? named("Door", opening),
    floor_id: floor,
    category: opening.properties["category"],
    ...(shape?.kind === "line" ? { line: shape.points } : {}),
  };
  log.sources.set(door, opening.source);
  return door;
}

/** For what has no name: what it is, and enough of its id to find it. */
const named = (what: string, { id }: Feature): string => `${what} ${asText(id).slice(0, 8)}`;

/** The corner of the box around all levels. */
function southWestOf(levels: readonly Feature[]): Point {
  let [west, south] = [180, 90];
  for (const level of levels) {
    const shape = shapeOf(level, degrees, createImportLog());
    for (const [x, y] of shape?.kind === "area" ? shape.polygons.flat(2) : []) {
      west = Math.min(west, x);
      south = Math.min(south, y);
    }
  }
  return [west, south];
}
