// The building model of the organization that the pages are about, and from it the names of everything that has an id. Read
// once for all pages, and anew when it has changed.

import { computed, effect, signal } from "@preact/signals";
import { ApiFailure, get } from "../api/client.ts";
import { organization, owns, readsAll } from "../api/session.ts";
import type { Building, Floor, Model, Names } from "../api/types.ts";
import { onChange } from "../live/stream.ts";
import type { Name } from "./name.ts";

/** null: not read yet, or there is none. */
export const model = signal<Model | null>(null);
export const modelFailure = signal<ApiFailure | null>(null);

/** What a key calls by name that reads no model; null: it reads models, or nothing was read yet. */
const given = signal<Names | null>(null);

const againMs = 300_000;

effect(() => {
  const id = organization.value;
  model.value = null;
  modelFailure.value = null;
  given.value = null;
  if (id === null || !(readsAll.value || owns.value)) return undefined;
  const isOfModel = readsAll.value;
  let stopped = false;
  const read = async (): Promise<void> => {
    try {
      if (!isOfModel) {
        const found = await get<Names>("/v1/names");
        if (!stopped) given.value = found;
        return;
      }
      const found = await get<Model>("/v1/building-model");
      if (!stopped) {
        model.value = found;
        modelFailure.value = null;
      }
    } catch (error) {
      // Without names the pages show ids.
      if (!stopped && isOfModel && error instanceof ApiFailure) modelFailure.value = error;
    }
  };
  void read();
  const timer = setInterval(() => {
    if (document.visibilityState === "visible") void read();
  }, againMs);
  const leave = onChange((change) => {
    if (change === null || change.model === true) void read();
  });
  return () => {
    stopped = true;
    leave();
    clearInterval(timer);
  };
});

/** Reads the model again, as after a failure. */
export async function readModelAgain(): Promise<void> {
  try {
    model.value = await get<Model>("/v1/building-model");
    modelFailure.value = null;
  } catch (error) {
    if (error instanceof ApiFailure) modelFailure.value = error;
  }
}

export interface Housed {
  readonly building: Building;
  readonly timezone: string;
}

export const buildings = computed<readonly Housed[]>(() =>
  (model.value?.sites ?? []).flatMap(({ buildings: all = [], timezone }) =>
    all.map((building) => ({ building, timezone })),
  ),
);

const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The local time of lists: that of the buildings where all share one, else the reader's. */
export const zone = computed<string>(() => {
  const zones = new Set(buildings.value.map(({ timezone }) => timezone));
  return zones.size === 1 ? [...zones][0]! : (given.value?.timezone ?? ownZone);
});

/** By id, and by the numbers of ButterflyMX's API. */
export const names = computed<ReadonlyMap<string, Name>>(() => {
  const found = new Map<string, Name>();
  for (const { kind, id, number, name, floor, building } of given.value?.data ?? []) {
    const known = { name, kind, floor, building };
    found.set(id, known);
    if (number !== null) found.set(String(number), known);
  }
  for (const { building } of buildings.value) {
    const add = (kind: string, id: string, name: string, floor: string | null = null, number?: number): void => {
      const known = { name, kind, floor, building: building.id };
      found.set(id, known);
      if (number !== undefined) found.set(String(number), known);
    };
    add("building", building.id, building.name, null, building.butterflymx_id);
    for (const { id, name, butterflymx_id: number } of building.access_points ?? [])
      add("door", id, name, null, number);
    for (const { id, name, butterflymx_id: number } of building.devices ?? []) add("panel", id, name, null, number);
    for (const { id, label, butterflymx_id: number } of building.units ?? []) add("unit", id, label, null, number);
    for (const tenant of building.tenants ?? []) {
      const name = tenant.full_name ?? [tenant.first_name, tenant.last_name].filter(Boolean).join(" ");
      add("tenant", tenant.id, name || tenant.id, null, tenant.butterflymx_id);
    }
    for (const floor of building.floors ?? []) addFloor(floor, add);
  }
  return found;
});

function addFloor(floor: Floor, add: (kind: string, id: string, name: string, floor: string | null) => void): void {
  add("floor", floor.id, floor.name, floor.id);
  const rooms = new Map((floor.rooms ?? []).map(({ id, name }) => [id, name]));
  for (const [id, name] of rooms) add("room", id, name, floor.id);
  for (const { id, name } of floor.zones ?? []) add("zone", id, name, floor.id);
  for (const sensor of floor.sensors ?? []) {
    const room = sensor.room_id === undefined ? null : rooms.get(sensor.room_id);
    add("sensor", sensor.id, sensor.name ?? `${room ?? floor.name} ${sensor.mac_address.slice(-8)}`, floor.id);
  }
  for (const hive of floor.hives ?? []) add("hive", hive.id, hive.name ?? `Hive ${hive.serialNumber}`, floor.id);
}
