// Lookups of a compiled model: by id, by number, and for sensors by every name they go by.

import type { RecordLookup, Sensor } from "./building.ts";
import { normalMac } from "./mac.ts";
import { bareSensorId } from "./sensor-id.ts";

/** An id wins over an equal number. */
export function lookup<Item extends { readonly id: string; readonly number?: number }>(
  items: readonly Item[],
): RecordLookup<Item> {
  const byId = new Map(items.map((item) => [item.id, item]));
  const byNumber = new Map(
    items.flatMap((item) => (item.number === undefined ? [] : [[String(item.number), item] as const])),
  );
  return {
    get: (id) => byId.get(String(id)) ?? byNumber.get(String(id)),
    size: items.length,
    [Symbol.iterator]: () => items.values(),
  };
}

export function sensorLookup(sensors: readonly Sensor[]): RecordLookup<Sensor> {
  const byId = lookup(sensors);
  const byBareId = new Map(sensors.map((sensor) => [bareSensorId(sensor.id), sensor]));
  const byMac = new Map(sensors.map((sensor) => [sensor.mac, sensor]));
  return {
    get(id) {
      const exact = byId.get(id) ?? byMac.get(String(id)) ?? byBareId.get(bareSensorId(String(id)));
      if (exact !== undefined) return exact;
      const mac = normalMac(String(id));
      return mac === null ? undefined : byMac.get(mac);
    },
    size: byId.size,
    [Symbol.iterator]: () => byId[Symbol.iterator](),
  };
}

/** In the order of the items; those without a key are in no group. */
export function groupBy<Item>(
  items: readonly Item[],
  key: (item: Item) => string | undefined,
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const name = key(item);
    if (name === undefined) continue;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}

/** Only a document that never passed its check can fail here. */
export function required<Item>(item: Item | undefined, what: string): Item {
  if (item === undefined) throw new Error(`The building model lacks ${what}: it was not checked.`);
  return item;
}
