// Which series of minutes a report is about: the measurements, over the places of one organization that pass every filter. An id
// that the model does not have fits nothing, so what belongs to others looks like what is not there. Pure.

import type { BuildingModel, Sensor } from "../../../building/building.ts";
import type { Minute, MinuteSeries } from "../../../model/minute.ts";
import { placeIndex } from "../assets/place-index.ts";
import { floorPlace, type ReportPlace, roomPlace, sensorPlace, zonePlace } from "./place-columns.ts";
import { type Measurement, type PlaceFilter, type PlaceFilters, placeFilters } from "./request.ts";

/** A number of a minute under the name that rows give it. */
export interface ReportField {
  readonly name: string;
  readonly of: (minute: Minute) => number;
}

export interface ReportSeries {
  readonly measurement: Measurement;
  /** Id of the space or sensor. */
  readonly asset: string;
  /** As the store knows it. */
  readonly series: MinuteSeries;
  readonly subject: string;
  readonly fields: readonly ReportField[];
  readonly place: ReportPlace;
  /** Id of the first tag of its space, or empty. */
  readonly tag: string;
}

interface Source {
  readonly series: MinuteSeries;
  readonly places: (model: BuildingModel) => Iterable<readonly [subject: string, place: ReportPlace]>;
}

const passages: readonly ReportField[] = [
  { name: "in", of: ({ value }) => value },
  { name: "out", of: ({ out }) => out },
];

const sources: Readonly<Record<Measurement, Source>> = {
  floor_occupancy: {
    series: "presence",
    places: ({ floors }) => map(floors, (floor) => [`floor:${floor.id}`, floorPlace(floor)]),
  },
  room_occupancy: {
    series: "presence",
    places: ({ rooms }) => map(rooms, (room) => [`room:${room.id}`, roomPlace(room)]),
  },
  zone_occupancy: {
    series: "presence",
    places: ({ zones }) => map(zones, (zone) => [`zone:${zone.id}`, zonePlace(zone)]),
  },
  traffic: {
    series: "traffic",
    places: ({ sensors }) => map([...sensors].filter(counts), (sensor) => [sensor.id, sensorPlace(sensor)]),
  },
  traffic_floor_occupancy: {
    series: "traffic_occupancy",
    places: ({ floors }) => map(floors, (floor) => [floor.id, floorPlace(floor)]),
  },
  traffic_room_occupancy: {
    series: "traffic_occupancy",
    places: ({ rooms }) => map(rooms, (room) => [room.id, roomPlace(room)]),
  },
  traffic_zone_occupancy: { series: "traffic_occupancy", places: () => [] },
};

/** In the order of the measurements and, in each, of the model. */
export function seriesOf(
  model: BuildingModel,
  measurements: readonly Measurement[],
  filters: PlaceFilters,
): ReportSeries[] {
  const fits = placeTest(model, filters);
  const { floors, rooms, zones } = placeIndex(model);
  const tagOf = ({ floor, room, zone }: ReportPlace): string => {
    const space = zone !== null ? zones.get(zone.id) : room !== null ? rooms.get(room.id) : floors.get(floor.id);
    return space?.tags[0]?.id ?? "";
  };
  return measurements.flatMap((measurement) => {
    const { series, places } = sources[measurement];
    const fields = measurement === "traffic" ? passages : [{ name: measurement, of: ({ value }: Minute) => value }];
    return [...places(model)]
      .filter(([, place]) => fits(place))
      .map(([subject, place]) => ({
        measurement,
        asset: assetOf(place),
        series,
        subject,
        fields,
        place,
        tag: tagOf(place),
      }));
  });
}

/** Whether people are counted on their way in and out. */
const counts = ({ mode, countingLine }: Sensor): boolean => mode === "traffic" || countingLine !== null;

const assetOf = ({ floor, room, zone, sensor }: ReportPlace): string => (sensor ?? zone ?? room ?? floor).id;

type PlaceTest = (place: ReportPlace) => boolean;

function placeTest(model: BuildingModel, filters: PlaceFilters): PlaceTest {
  const tests = placeFilters.flatMap((name) => {
    const ids = filters[name];
    return ids === undefined ? [] : [testsOf[name](new Set(ids), model)];
  });
  return (place) => tests.every((test) => test(place));
}

type TestMaker = (ids: ReadonlySet<string>, model: BuildingModel) => PlaceTest;

/** A space also has the sensors in it, and their hives; a sensor has the tags of its space. */
const testsOf: Readonly<Record<PlaceFilter, TestMaker>> = {
  clients:
    (ids, { organization }) =>
    ({ building }) =>
      ids.has(organization.id) || ids.has(building.site.id),
  buildings:
    (ids) =>
    ({ building }) =>
      ids.has(building.id),
  spaces:
    (ids) =>
    ({ floor }) =>
      ids.has(floor.id),
  rooms:
    (ids) =>
    ({ room }) =>
      room !== null && ids.has(room.id),
  zones:
    (ids) =>
    ({ zone }) =>
      zone !== null && ids.has(zone.id),
  sensors: (ids, { sensors }) => holds([...ids].flatMap((id) => sensors.get(id) ?? [])),
  hives: (ids, { sensors }) => holds([...sensors].filter(({ hive }) => hive !== null && ids.has(hive.id))),
  tags(ids, model) {
    const { tags } = placeIndex(model);
    const nodes = [...ids].flatMap((id) => tags.get(id) ?? []);
    const tagged = new Set(nodes.flatMap(({ floors, rooms, zones }) => [...floors, ...rooms, ...zones].map(idOf)));
    return ({ floor, room, zone }) => tagged.has((zone ?? room ?? floor).id);
  },
};

const idOf = ({ document }: { readonly document: { readonly id: string } }): string => document.id;

/** Whether a place is one of these sensors or has one of them in it. */
function holds(sensors: readonly Sensor[]): PlaceTest {
  const records = new Set<object>(
    sensors.flatMap((sensor) => [
      sensor,
      sensor.floor,
      ...sensor.zones,
      ...(sensor.room === null ? [] : [sensor.room]),
    ]),
  );
  return ({ floor, room, zone, sensor }) => records.has(sensor ?? zone ?? room ?? floor);
}

function* map<From, To>(items: Iterable<From>, to: (item: From) => To): Iterable<To> {
  for (const item of items) yield to(item);
}
