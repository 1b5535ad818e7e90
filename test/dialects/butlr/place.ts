// The building of the documented examples [butlr.md §4], and the examples as the documents print them.

import type { BuildingModel, Floor, Hive, RecordLookup, Room, Sensor, Zone } from "../../../src/building/building.ts";
import { emptyPlan } from "../../../src/building/floor-plan.ts";

const site = {
  id: "site_2oUBkdxF0lLJZxyWVix09ZTsMNV",
  name: "Los Angeles",
  timezone: "America/Los_Angeles",
  occupancyReset: 240,
};

export const floor: Floor = {
  id: "space_2oUBnI7YL51GNemTvKIxEgSZ8gx",
  name: "1st Floor",
  customId: "2tZStWPtxqpmb3w0PoJDm7AnfIX",
  building: {
    id: "building_2oUBkaFkcYwDzo7HLXpPh8bP4cD",
    number: 1,
    name: "Bergnaum Building",
    site,
    tenantScope: "unit",
    record: { id: "building_1", name: "" },
  },
  outline: null,
  overlap: "merge",
  masks: [],
};

export const room: Room = {
  id: "room_2oUDDps5iKHHo6RwlMgGVihmTlq",
  name: "Cherry Falls",
  customId: "2tZSGplhA4CZ58wFlTf7wAeKMVo",
  floor,
  outline: null,
  overlap: "merge",
  noMotionAfterMs: 300_000,
  pirZero: { enabled: false, threshold: 0.05, windowMs: 300_000 },
};

export const zone: Zone = {
  id: "zone_2oUJLGKGlqPjwnUCwXNXpX3HB28",
  name: "Desk 01",
  customId: "2tZTBBPk0Xmmo8zl1zFXrBHZwsz",
  floor,
  room,
  outline: null,
};

export const presence: Sensor = {
  id: "sensor_2oULMisdkRfEp6mBag2gLpJ0d7Z",
  mac: "00-17-0d-00-00-cc-bb-aa",
  mode: "presence",
  model: "Heatic 2+",
  floor,
  room,
  zones: [],
  hive: { id: "hive_2oULLOWeATbeC4Ebfe849hNlFWk", serial: "21312f639defabc0", model: "2.0", version: "2.4.4", floor },
  footprint: null,
  masks: [],
  isEntrance: false,
  countingLine: null,
  pirZeroEnabled: true,
};

/** The documents show one id for both sensors of their examples. */
export const traffic: Sensor = { ...presence, mode: "traffic" };

const organization = { id: "org_2oUBiRES2AmpczNM5yLu7pChz8o", name: "Murphy Group" };

export function buildingOf(parts: {
  readonly floors?: readonly Floor[];
  readonly rooms?: readonly Room[];
  readonly zones?: readonly Zone[];
  readonly hives?: readonly Hive[];
  readonly sensors?: readonly Sensor[];
}): BuildingModel {
  return {
    organization,
    document: { organization, sites: [] },
    buildings: lookup([floor.building]),
    floors: lookup(parts.floors ?? [floor]),
    rooms: lookup(parts.rooms ?? [room]),
    zones: lookup(parts.zones ?? [zone]),
    hives: lookup(parts.hives ?? [presence.hive!]),
    sensors: lookup(parts.sensors ?? [presence]),
    accessPoints: lookup([]),
    devices: lookup([]),
    units: lookup([]),
    tenants: lookup([]),
    keychains: lookup([]),
    accessTools: lookup([]),
    sensorsOfRoom: () => [],
    sensorsOfFloor: () => [],
    planOf: emptyPlan,
    spacesOfFloor: () => ({ rooms: [], zones: [] }),
    tenantsOfUnit: () => [],
  };
}

function lookup<Item extends { readonly id: string }>(items: readonly Item[]): RecordLookup<Item> {
  const byId = new Map(items.map((item) => [item.id, item]));
  return { get: (id) => byId.get(String(id)), size: byId.size, [Symbol.iterator]: () => byId.values() };
}

const envelope = (type: string, metadata: string, data: string): string => `{
  "id": "event_2oUBiSXgx48RtbZKXHm5ekpAzFe",
  "type": "${type}",
  "timestamp": 1727735832000,
  "version": "v1.0.0",
  "metadata": {
    "org_id": "org_2oUBiRES2AmpczNM5yLu7pChz8o",
    "site_id": "site_2oUBkdxF0lLJZxyWVix09ZTsMNV",
    "building_id": "building_2oUBkaFkcYwDzo7HLXpPh8bP4cD",
    "floor_id": "space_2oUBnI7YL51GNemTvKIxEgSZ8gx",
${metadata}
  }${data}
}`;

const floorMetadata = `    "floor_custom_id": "2tZStWPtxqpmb3w0PoJDm7AnfIX",
    "org_name": "Murphy Group",
    "site_name": "Los Angeles",
    "building_name": "Bergnaum Building",
    "floor_name": "1st Floor"`;

const roomMetadata = `    "room_id": "room_2oUDDps5iKHHo6RwlMgGVihmTlq",
    "floor_custom_id": "2tZStWPtxqpmb3w0PoJDm7AnfIX",
    "room_custom_id": "2tZSGplhA4CZ58wFlTf7wAeKMVo",
    "org_name": "Murphy Group",
    "site_name": "Los Angeles",
    "building_name": "Bergnaum Building",
    "floor_name": "1st Floor",
    "room_name": "Cherry Falls"`;

const zoneMetadata = `    "room_id": "room_2oUDDps5iKHHo6RwlMgGVihmTlq",
    "zone_id": "zone_2oUJLGKGlqPjwnUCwXNXpX3HB28",
    "floor_custom_id": "2tZStWPtxqpmb3w0PoJDm7AnfIX",
    "room_custom_id": "2tZSGplhA4CZ58wFlTf7wAeKMVo",
    "zone_custom_id": "2tZTBBPk0Xmmo8zl1zFXrBHZwsz",
    "org_name": "Murphy Group",
    "site_name": "Los Angeles",
    "building_name": "Bergnaum Building",
    "floor_name": "1st Floor",
    "room_name": "Cherry Falls",
    "zone_name": "Desk 01"`;

const sensorMetadata = (mode: string): string => `    "room_id": "room_2oUDDps5iKHHo6RwlMgGVihmTlq",
    "floor_custom_id": "2tZStWPtxqpmb3w0PoJDm7AnfIX",
    "room_custom_id": "2tZSGplhA4CZ58wFlTf7wAeKMVo",
    "hive_id": "hive_2oULLOWeATbeC4Ebfe849hNlFWk",
    "sensor_id": "2oULMisdkRfEp6mBag2gLpJ0d7Z",
    "org_name": "Murphy Group",
    "site_name": "Los Angeles",
    "building_name": "Bergnaum Building",
    "floor_name": "1st Floor",
    "room_name": "Cherry Falls",
    "hive_serial": "21312f639defabc0",
    "mac_address": "00-17-0d-00-00-cc-bb-aa",
    "sensor_mode": "${mode}",
    "sensor_model": "Heatic 2+",
    "hive_model": "2.0",
    "hive_version": "2.4.4"`;

const hiveMetadata = `    "floor_custom_id": "2tZStWPtxqpmb3w0PoJDm7AnfIX",
    "hive_id": "hive_2oULLOWeATbeC4Ebfe849hNlFWk",
    "org_name": "Murphy Group",
    "site_name": "Los Angeles",
    "building_name": "Bergnaum Building",
    "floor_name": "1st Floor",
    "hive_serial": "21312f639defabc0",
    "hive_model": "2.0",
    "hive_version": "2.4.4"`;

/** Type → payload text, as the vendor prints it. */
export const examples = {
  DETECTIONS: envelope(
    "DETECTIONS",
    sensorMetadata("presence"),
    `,
  "data": {
    "local": [[0.5625, 0.125], [0.75, 0.5625]],
    "world": [[85.694195, 27.829299], [87.439295, 28.577199]]
  }`,
  ),
  TRAFFIC: envelope("TRAFFIC", sensorMetadata("traffic"), `,\n  "data": { "in": 0, "out": 1 }`),
  FLOOR_OCCUPANCY: envelope("FLOOR_OCCUPANCY", floorMetadata, `,\n  "data": 25`),
  ROOM_OCCUPANCY: envelope("ROOM_OCCUPANCY", roomMetadata, `,\n  "data": 4`),
  ZONE_OCCUPANCY: envelope("ZONE_OCCUPANCY", zoneMetadata, `,\n  "data": 4`),
  FLOOR_OCCUPANCY_1MIN: envelope("FLOOR_OCCUPANCY_1MIN", floorMetadata, `,\n  "data": 25`),
  ROOM_OCCUPANCY_1MIN: envelope("ROOM_OCCUPANCY_1MIN", roomMetadata, `,\n  "data": 4`),
  ZONE_OCCUPANCY_1MIN: envelope("ZONE_OCCUPANCY_1MIN", zoneMetadata, `,\n  "data": 4`),
  PIR_MOTION: envelope("PIR_MOTION", roomMetadata, ""),
  PIR_NO_MOTION: envelope("PIR_NO_MOTION", roomMetadata, ""),
};

/** Those of our own types as well. */
export const allExamples = {
  ...examples,
  SENSOR_HEALTH: envelope(
    "SENSOR_HEALTH",
    sensorMetadata("presence"),
    `,
  "data": { "online": false, "last_heartbeat": 1727735652000, "silent_since": 1727735652000, "stuck_since": null, "clock": "ok" }`,
  ),
  HIVE_HEALTH: envelope(
    "HIVE_HEALTH",
    hiveMetadata,
    `,\n  "data": { "online": true, "last_heartbeat": 1727735832000, "silent_since": null }`,
  ),
};
