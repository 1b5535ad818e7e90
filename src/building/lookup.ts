// Lookups of a compiled model: by id, by number, and for sensors by every name they go by.

import { forEach, type Steps } from "../steps.ts";
import type { RecordLookup, Sensor } from "./building.ts";
import { normalMac } from "./mac.ts";
import { bareSensorId } from "./sensor-id.ts";

/** An id wins over an equal number. */
export function* lookupInSteps<Item extends { readonly id: string; readonly number?: number }>(
  items: readonly Item[],
): Steps<RecordLookup<Item>> {
  const byId = new Map<string, Item>();
  const byNumber = new Map<string, Item>();
  yield* forEach(items, (item) => {
    byId.set(item.id, item);
    if (item.number !== undefined) byNumber.set(String(item.number), item);
  });
  return {
    get: (id) => byId.get(String(id)) ?? byNumber.get(String(id)),
    size: items.length,
    [Symbol.iterator]: () => items.values(),
  };
}

export function* sensorLookup(sensors: readonly Sensor[]): Steps<RecordLookup<Sensor>> {
  const byId = yield* lookupInSteps(sensors);
  const byBareId = new Map<string, Sensor>();
  const byMac = new Map<string, Sensor>();
  yield* forEach(sensors, (sensor) => {
    byBareId.set(bareSensorId(sensor.id), sensor);
    byMac.set(sensor.mac, sensor);
  });
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
export function* groupInSteps<Item>(
  items: readonly Item[],
  key: (item: Item) => string | undefined,
): Steps<ReadonlyMap<string, readonly Item[]>> {
  const groups = new Map<string, Item[]>();
  yield* forEach(items, (item) => {
    const name = key(item);
    if (name === undefined) return;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  });
  return groups;
}

/** What is made of each; it is put into the list as well. */
export function* add<From, Item>(
  list: Item[],
  from: readonly From[] | undefined,
  make: (each: From) => Item,
): Steps<readonly Item[]> {
  const made: Item[] = [];
  yield* forEach(from ?? [], (each) => {
    const item = make(each);
    made.push(item);
    list.push(item);
  });
  return made;
}

/** Only a document that never passed its check can fail here. */
export function required<Item>(item: Item | undefined, what: string): Item {
  if (item === undefined) throw new Error(`The building model lacks ${what}: it was not checked.`);
  return item;
}
