// Sensors and hives with their health, as the building model lists them.

import type { BuildingModel, Hive, Sensor } from "../building/building.ts";
import { type SensorHealth, unheardHive, unheardSensor } from "../model/sensor-health.ts";
import type { Sensing } from "../sensing/sensing.ts";
import type { Watched, WatchedWhere } from "./numbers-port.ts";
import { inOrder, type Positioned } from "./ordered.ts";

export const healthOf = (sensor: Sensor, sensing: Sensing | undefined): SensorHealth =>
  sensing?.health.of(sensor) ?? unheardSensor;

export type Thing =
  | { readonly kind: "sensor"; readonly sensor: Sensor }
  | { readonly kind: "hive"; readonly hive: Hive };

/** By floor: hives, then sensors. */
export function thingsOf(model: BuildingModel): readonly Positioned<Thing>[] {
  const hives = [...model.hives].map((hive): Thing => ({ kind: "hive", hive }));
  const sensors = [...model.sensors].map((sensor): Thing => ({ kind: "sensor", sensor }));
  return inOrder([...hives, ...sensors], (each) => {
    const { floor, id } = each.kind === "hive" ? each.hive : each.sensor;
    return [floor.id, each.kind, id].join(" ");
  });
}

export function isIn(thing: Thing, { buildings, floor, room }: WatchedWhere): boolean {
  const place = (thing.kind === "hive" ? thing.hive : thing.sensor).floor;
  return (
    (buildings?.includes(place.building.id) ?? true) &&
    (floor === null || place.id === floor) &&
    (room === null || (thing.kind === "sensor" && thing.sensor.room?.id === room))
  );
}

export const statusOf = (thing: Thing, model: BuildingModel, sensing: Sensing | undefined): Watched =>
  thing.kind === "hive" ? hiveStatus(thing.hive, model, sensing) : sensorStatus(thing.sensor, model, sensing);

function sensorStatus(sensor: Sensor, { organization }: BuildingModel, sensing: Sensing | undefined): Watched {
  const { id, mac, mode, model, floor, room, hive } = sensor;
  return {
    kind: "sensor",
    organization: organization.id,
    id,
    floor: floor.id,
    building: floor.building.id,
    model,
    mac,
    mode,
    room: room?.id ?? null,
    hive: hive?.id ?? null,
    health: healthOf(sensor, sensing),
  };
}

function hiveStatus(hive: Hive, { organization }: BuildingModel, sensing: Sensing | undefined): Watched {
  const { id, serial, model, floor } = hive;
  return {
    kind: "hive",
    organization: organization.id,
    id,
    floor: floor.id,
    building: floor.building.id,
    model,
    serial,
    health: sensing?.health.ofHive(hive) ?? unheardHive,
  };
}
