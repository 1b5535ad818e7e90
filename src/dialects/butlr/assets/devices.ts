// Sensors and hives as Butlr's clients see them [clients.md §1.1, §1.2]: where each field comes from.

import type { HiveHeard, SensorHeard, SensorStatus } from "../../sensor-status.ts";
import type { Resolvers } from "../graphql/schema.ts";
import type { HiveNode, SensorNode } from "./place-index.ts";
import { metadataView, unknown, withIds } from "./values.ts";

/** Degrees; what a sensor sees through where the model does not say. */
const usualFieldOfView = 60;
const upright = [0, 0, 0];

/** The plain fields of a sensor. */
const sensor = {
  id: ({ document }: SensorNode) => document.id,
  sensor_id: ({ document }: SensorNode) => document.id,
  client_id: ({ floor }: SensorNode) => floor.building.site.organization,
  name: ({ document }: SensorNode) => document.name ?? document.id,
  mac_address: ({ document }: SensorNode) => document.mac_address,
  sensor_serial: ({ document }: SensorNode) => document.sensor_serial,
  mode: ({ document }: SensorNode) => document.mode,
  model: ({ document }: SensorNode) => document.model ?? unknown,
  floor_id: ({ floor }: SensorNode) => floor.document.id,
  floorID: ({ floor }: SensorNode) => floor.document.id,
  room_id: ({ room }: SensorNode) => room?.document.id,
  roomID: ({ room }: SensorNode) => room?.document.id,
  hive_id: ({ hive }: SensorNode) => hive?.document.id,
  hiveID: ({ hive }: SensorNode) => hive?.document.id,
  hive_serial: ({ hive, document }: SensorNode) => hive?.document.serialNumber ?? document.hive_serial ?? "",
  zones: ({ zones }: SensorNode) => zones,
  zone_ids: ({ zones }: SensorNode) => zones.map(({ document }) => document.id),
  height: ({ document }: SensorNode) => document.height ?? 0,
  center: ({ document }: SensorNode) => document.center ?? [],
  orientation: ({ document }: SensorNode) => document.orientation ?? upright,
  field_of_view: ({ document }: SensorNode) => document.field_of_view ?? usualFieldOfView,
  effective_field_of_view: ({ document }: SensorNode) =>
    document.effective_field_of_view ?? document.field_of_view ?? usualFieldOfView,
  door_line: ({ document }: SensorNode) => document.door_line ?? 0,
  in_direction: ({ document }: SensorNode) => document.in_direction ?? 0,
  is_entrance: ({ document }: SensorNode) => document.is_entrance ?? false,
  parallel_to_door: ({ document }: SensorNode) => document.parallel_to_door ?? false,
  sensitivity: ({ document }: SensorNode) => document.sensitivity ?? 0,
  power_type: ({ document }: SensorNode) => document.power_type,
  last_battery_change_date: ({ document }: SensorNode) => document.last_battery_change_date,
  next_battery_change_date: ({ document }: SensorNode) => document.next_battery_change_date,
  battery_change_by_date: ({ document }: SensorNode) => document.battery_change_by_date,
  installation_status: ({ document }: SensorNode) => document.installation_status,
  note: ({ document }: SensorNode) => document.note,
  metadata: ({ document }: SensorNode) => metadataView(document.metadata),
  pir_zero_enable: ({ document }: SensorNode) => document.pir_zero_enable ?? true,
};

const hive = {
  id: ({ document }: HiveNode) => document.id,
  name: ({ document }: HiveNode) => document.name ?? document.id,
  serialNumber: ({ document }: HiveNode) => document.serialNumber,
  floor_id: ({ floor }: HiveNode) => floor.document.id,
  floorID: ({ floor }: HiveNode) => floor.document.id,
  room_id: ({ room }: HiveNode) => room?.document.id,
  roomID: ({ room }: HiveNode) => room?.document.id,
  coordinates: ({ document }: HiveNode) => document.coordinates ?? [],
  hiveVersion: ({ document }: HiveNode) => document.hiveVersion ?? unknown,
  hiveType: ({ document }: HiveNode) => document.hiveType ?? unknown,
  note: ({ document }: HiveNode) => document.note,
  netPathStability: ({ document }: HiveNode) => document.netPathStability ?? 0,
  installed: ({ document }: HiveNode) => document.installed ?? true,
  sensors: ({ sensors }: HiveNode, { ids }: { readonly ids?: readonly string[] | null }) => withIds(sensors, ids),
  metadata: ({ document }: HiveNode) => metadataView(document.metadata),
};

/** The vendor's clients multiply by 1,000. */
const seconds = (ms: number | null | undefined): number | null =>
  ms === null || ms === undefined ? null : Math.floor(ms / 1000);

/** At once where it is known at once: lists have thousands. */
const once = <Heard, Shown>(heard: Heard | Promise<Heard>, of: (heard: Heard) => Shown): Shown | Promise<Shown> =>
  heard instanceof Promise ? heard.then(of) : of(heard);

export function deviceResolvers(status: SensorStatus): Resolvers {
  const sensorHeard =
    <Shown>(of: (heard: SensorHeard | null) => Shown) =>
    ({ floor, document }: SensorNode): Shown | Promise<Shown> =>
      once(status.sensor(floor.building.site.organization, document.id), of);
  const hiveHeard =
    <Shown>(of: (heard: HiveHeard | null) => Shown) =>
    ({ floor, document }: HiveNode): Shown | Promise<Shown> =>
      once(status.hive(floor.building.site.organization, document.id), of);
  return {
    Sensor: {
      ...sensor,
      is_online: sensorHeard((heard) => heard?.online ?? false),
      is_streaming: sensorHeard((heard) => heard?.streaming ?? false),
      last_heartbeat: sensorHeard((heard) => seconds(heard?.heartbeat)),
      last_raw_message: sensorHeard((heard) => seconds(heard?.observation)),
      last_occupancy_message: sensorHeard((heard) => seconds(heard?.occupancy)),
      last_detection_message: sensorHeard((heard) => seconds(heard?.detection)),
    },
    Hive: {
      ...hive,
      isOnline: hiveHeard((heard) => heard?.online ?? false),
      is_online: hiveHeard((heard) => heard?.online ?? false),
      isStreaming: hiveHeard((heard) => heard?.streaming ?? false),
      lastHeartbeat: hiveHeard((heard) => seconds(heard?.heartbeat)),
    },
  };
}
