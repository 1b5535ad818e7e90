// The two names of a sensor, its id and its MAC address, as people write them and as Belfry compares them.

/** Lower case with hyphens, from any spelling (colons, dots, hyphens, none) of 6 or 8 bytes; null: it is none. */
export function normalMac(text: string): string | null {
  const digits = text.replace(/[-:.]/g, "").toLowerCase();
  if (!/^(?:[0-9a-f]{12}|[0-9a-f]{16})$/.test(digits)) return null;
  return digits.match(/../g)!.join("-");
}

/** The id of a sensor as payloads show it: without a leading `sensor_` [design §4.13]. */
export function bareSensorId(id: string): string {
  return id.startsWith("sensor_") ? id.slice("sensor_".length) : id;
}
