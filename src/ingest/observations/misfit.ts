// Why a sensor of the building model cannot have said something: wrong mode, no place, no motion sensor in it, no room.

import type { Sensor } from "../../building/building.ts";
import type { SensorObservation } from "../../model/observation.ts";
import type { RejectedItem } from "../ingest-port.ts";

export type Refusal = Omit<RejectedItem, "index">;

/** null: it fits. Codes: WRONG_MODE, SENSOR_NOT_PLACED, NO_PIR, SENSOR_WITHOUT_ROOM. */
export function misfit(observation: SensorObservation, sensor: Sensor): Refusal | null {
  const { kind, sensor: name } = observation;
  const wanted = { detections: "presence", traffic: "traffic", motion: sensor.mode }[kind];
  if (wanted !== sensor.mode) {
    const message = `Sensor ${name} is in ${sensor.mode} mode and sends no ${kind}. Fix the mode in the building model or the kind.`;
    return { code: "WRONG_MODE", message };
  }
  if (kind === "detections") return sensor.footprint === null ? notPlaced(name) : null;
  if (kind === "traffic") return null;
  if (hasNoPir(sensor)) {
    const message = `Sensor ${name} is a ${sensor.model}, which has no motion sensor. Fix the model in the building model or the sensor.`;
    return { code: "NO_PIR", message };
  }
  if (sensor.room === null) {
    const message = `Sensor ${name} is in no room, and motion is told of rooms. Give it a room_id in the building model.`;
    return { code: "SENSOR_WITHOUT_ROOM", message };
  }
  return null;
}

/** Without a place neither kind of coordinates can be turned into the other, and both go out. */
function notPlaced(name: string): Refusal {
  const message = `Sensor ${name} is not placed, so its points mean nothing. Give it center and height in the building model.`;
  return { code: "SENSOR_NOT_PLACED", message };
}

/** Motion "is available only with Heatic 2+" [butlr.md §5.4]; of models that are not known anything may be true. */
const withoutPir = new Set(["heatic1", "heatic2"]);

function hasNoPir({ model }: Sensor): boolean {
  return model !== null && withoutPir.has(model.toLowerCase().replaceAll(/[\s_-]/g, ""));
}
