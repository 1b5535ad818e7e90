// Sensors and hives with their health, as the building model lists them.

import type { BuildingModel, Hive, Sensor } from "../building/building.ts";
import type { HiveHealth, SensorHealth } from "../model/sensor-health.ts";
import type { Sensing } from "../sensing/sensing.ts";
import type { Watched } from "./numbers-port.ts";

/** Of whoever was never heard, where nothing was ever sensed. */
const unheardHive: HiveHealth = { online: false, lastHeartbeat: null, silentSince: null, usualGapMs: null };
const unheardSensor: SensorHealth = {
  ...unheardHive,
  lastMessage: { detections: null, traffic: null, motion: null, heartbeat: null },
  stuckSince: null,
  clock: "ok",
};

export const healthOf = (sensor: Sensor, sensing: Sensing | undefined): SensorHealth =>
  sensing?.health.of(sensor) ?? unheardSensor;

/** Floor by floor: hives, then sensors, each in the order of the model. */
export function watchedOf(model: BuildingModel, sensing: Sensing | undefined): readonly Watched[] {
  const hives = Map.groupBy(model.hives, ({ floor }) => floor.id);
  return [...model.floors].flatMap(({ id }) => [
    ...(hives.get(id) ?? []).map((hive) => hiveStatus(hive, model, sensing)),
    ...model.sensorsOfFloor(id).map((sensor) => sensorStatus(sensor, model, sensing)),
  ]);
}

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
