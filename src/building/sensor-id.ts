// The id of a sensor, which payloads show without its prefix.

/** Without a leading `sensor_` [design §4.13]. */
export function bareSensorId(id: string): string {
  return id.startsWith("sensor_") ? id.slice("sensor_".length) : id;
}
