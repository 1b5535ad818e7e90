// Which device a record was made of, and where it hung. A record of another device, or of another place, says nothing about
// the sensor that has the id now.

import type { Sensor } from "../building/building.ts";

export interface SensorIdentity {
  readonly mac: string;
  readonly floor: string;
  readonly room: string | null;
}

export function identityOf({ mac, floor, room }: Sensor): SensorIdentity {
  return { mac, floor: floor.id, room: room?.id ?? null };
}

/** `sensor`: the one that has the id of the record now; undefined: none. */
export function isOf(record: SensorIdentity, sensor: Sensor | undefined): boolean {
  if (sensor === undefined) return false;
  return record.mac === sensor.mac && record.floor === sensor.floor.id && record.room === (sensor.room?.id ?? null);
}
