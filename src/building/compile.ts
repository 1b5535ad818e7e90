// From a checked model to linked records with lookups: what matching, sensing and the dialects work with.

import type {
  AccessPoint,
  BuildingModel,
  Building,
  Credential,
  Device,
  Drawn,
  Floor,
  Hive,
  Outline,
  Room,
  Sensor,
  Site,
  Tenant,
  Unit,
  Zone,
} from "./building.ts";
import type {
  BuildingDocument,
  CredentialDocument,
  FloorDocument,
  ModelDocument,
  RoomDocument,
  SensorDocument,
  SiteDocument,
  TenantDocument,
} from "./document.ts";
import { emptyPlan, type FloorPlan, floorPlan } from "./floor-plan.ts";
import { corners, footprintOf } from "./geometry.ts";
import { groupBy, lookup, sensorLookup } from "./lookup.ts";
import { minuteOfDay } from "./time-fields.ts";

/** Butlr's zeroing by motion [butlr.md §5.4]. */
const usualPirThreshold = 0.05;
const usualPirWindowS = 300;
/** Measured: of 60 to 1,200 s the most often right [domain.md §2.5]. */
const usualNoMotionS = 300;
/** 04:00: at midnight people are still there [domain.md §2.2]. */
const usualReset = 4 * 60;

/** The document must have passed checkModel and assignNumbers. */
export function compileBuilding(document: ModelDocument): BuildingModel {
  const { id, name } = document.organization;
  const records: Records = {
    buildings: [],
    floors: [],
    rooms: [],
    zones: [],
    sensors: [],
    accessPoints: [],
    devices: [],
    units: [],
    tenants: [],
    keychains: [],
    accessTools: [],
  };
  for (const site of document.sites) {
    for (const building of site.buildings ?? []) addBuilding(records, building, siteOf(site));
  }
  const byRoom = groupBy(records.sensors, (sensor) => sensor.room?.id);
  const byFloor = groupBy(records.sensors, (sensor) => sensor.floor.id);
  const isDrawn = <Space extends Room | Zone>(space: Space): space is Drawn<Space> => space.outline !== null;
  const drawnRooms = groupBy(records.rooms.filter(isDrawn), (room) => room.floor.id);
  const drawnZones = groupBy(records.zones.filter(isDrawn), (zone) => zone.floor.id);
  const byUnit = groupBy(records.tenants, (tenant) => tenant.unit.id);
  return {
    organization: { id, name },
    document,
    buildings: lookup(records.buildings),
    floors: lookup(records.floors),
    rooms: lookup(records.rooms),
    zones: lookup(records.zones),
    sensors: sensorLookup(records.sensors),
    accessPoints: lookup(records.accessPoints),
    devices: lookup(records.devices),
    units: lookup(records.units),
    tenants: lookup(records.tenants),
    keychains: lookup(records.keychains),
    accessTools: lookup(records.accessTools),
    sensorsOfRoom: (room) => byRoom.get(room) ?? [],
    sensorsOfFloor: (floor) => byFloor.get(floor) ?? [],
    planOf: plans(records),
    outlinesOfFloor: (floor) => ({ rooms: drawnRooms.get(floor) ?? [], zones: drawnZones.get(floor) ?? [] }),
    tenantsOfUnit: (unit) => byUnit.get(unit) ?? [],
  };
}

/** Plans are made when somebody asks: most floors of a large model are quiet. */
function plans({ floors, rooms, zones, sensors }: Records): (floor: string) => FloorPlan {
  const known = new Map(floors.map((floor) => [floor.id, floor]));
  const made = new Map<string, FloorPlan>();
  const nowhere = emptyPlan();
  const on = {
    rooms: groupBy(rooms, (room) => room.floor.id),
    zones: groupBy(zones, (zone) => zone.floor.id),
    sensors: groupBy(sensors, (sensor) => sensor.floor.id),
  };
  return (id) => {
    const before = made.get(id);
    if (before !== undefined) return before;
    const floor = known.get(id);
    if (floor === undefined) return nowhere;
    const plan = floorPlan(floor, {
      rooms: on.rooms.get(id) ?? [],
      zones: on.zones.get(id) ?? [],
      sensors: on.sensors.get(id) ?? [],
    });
    made.set(id, plan);
    return plan;
  };
}

interface Records {
  readonly buildings: Building[];
  readonly floors: Floor[];
  readonly rooms: Room[];
  readonly zones: Zone[];
  readonly sensors: Sensor[];
  readonly accessPoints: AccessPoint[];
  readonly devices: Device[];
  readonly units: Unit[];
  readonly tenants: Tenant[];
  readonly keychains: Credential[];
  readonly accessTools: Credential[];
}

function siteOf({ id, name, timezone, occupancy_reset }: SiteDocument): Site {
  return { id, name, timezone, occupancyReset: minuteOfDay(occupancy_reset ?? "") ?? usualReset };
}

function addBuilding(records: Records, document: BuildingDocument, site: Site): void {
  const building: Building = {
    ...identity(document),
    name: document.name,
    site,
    tenantScope: document.tenant_scope ?? "unit",
  };
  records.buildings.push(building);
  for (const floor of document.floors ?? []) addFloor(records, floor, building);

  const devices = (document.devices ?? []).map((each): Device => ({ ...identity(each), name: each.name, building }));
  const deviceById = lookup(devices);
  const accessPoints = (document.access_points ?? []).map(
    (each): AccessPoint => ({
      ...identity(each),
      name: each.name,
      building,
      devices: (each.device_ids ?? []).map((id) => required(deviceById.get(id), id)),
    }),
  );
  const units = (document.units ?? []).map((each): Unit => ({ ...identity(each), label: each.label, building }));
  const unitById = lookup(units);
  const tenants = (document.tenants ?? []).map(
    (each): Tenant => ({
      ...identity(each),
      name: tenantName(each),
      building,
      unit: required(unitById.get(each.unit_id), each.unit_id),
    }),
  );
  const tenantById = lookup(tenants);
  const credential =
    (kind: Credential["kind"]) =>
    (each: CredentialDocument): Credential => ({
      kind,
      ...identity(each),
      building,
      tenant: each.tenant_id === undefined ? null : required(tenantById.get(each.tenant_id), each.tenant_id),
      unit: each.unit_id === undefined ? null : required(unitById.get(each.unit_id), each.unit_id),
    });
  records.devices.push(...devices);
  records.accessPoints.push(...accessPoints);
  records.units.push(...units);
  records.tenants.push(...tenants);
  records.keychains.push(...(document.keychains ?? []).map(credential("keychain")));
  records.accessTools.push(...(document.access_tools ?? []).map(credential("access_tool")));
}

function addFloor(records: Records, document: FloorDocument, building: Building): void {
  const floor: Floor = {
    id: document.id,
    name: document.name,
    customId: document.customID ?? null,
    building,
    outline: outlineOf(document.coordinates),
    overlap: document.overlap ?? "merge",
    masks: document.masks?.map(corners) ?? [],
  };
  const rooms = (document.rooms ?? []).map((each) => roomOf(each, floor));
  const roomById = lookup(rooms);
  const zones = (document.zones ?? []).map(
    (each): Zone => ({
      id: each.id,
      name: each.name,
      customId: each.customID ?? null,
      floor,
      room: each.room_id === undefined ? null : required(roomById.get(each.room_id), each.room_id),
      outline: outlineOf(each.coordinates),
    }),
  );
  const zoneById = lookup(zones);
  const hiveById = lookup(
    (document.hives ?? []).map(
      (each): Hive => ({
        id: each.id,
        serial: each.serialNumber,
        model: each.hiveType ?? null,
        version: each.hiveVersion ?? null,
      }),
    ),
  );
  const sensor = (each: SensorDocument): Sensor => ({
    id: each.id,
    mac: each.mac_address,
    mode: each.mode,
    model: each.model ?? null,
    floor,
    room: each.room_id === undefined ? null : required(roomById.get(each.room_id), each.room_id),
    zones: (each.zone_ids ?? []).map((id) => required(zoneById.get(id), id)),
    hive: each.hive_id === undefined ? null : required(hiveById.get(each.hive_id), each.hive_id),
    footprint: footprintOf(each),
    masks: each.masks?.map(corners) ?? [],
    isEntrance: each.is_entrance ?? false,
    countingLine: each.counting_line?.line ?? null,
    pirZeroEnabled: each.pir_zero_enable ?? true,
  });
  records.floors.push(floor);
  records.rooms.push(...rooms);
  records.zones.push(...zones);
  records.sensors.push(...(document.sensors ?? []).map(sensor));
}

/** A model that was stored before floors had outlines may hold an empty list there. */
function outlineOf(coordinates: Outline | undefined): Outline | null {
  return coordinates === undefined || coordinates.length === 0 ? null : corners(coordinates);
}

function roomOf(document: RoomDocument, floor: Floor): Room {
  return {
    id: document.id,
    name: document.name,
    customId: document.customID ?? null,
    floor,
    outline: outlineOf(document.coordinates),
    overlap: document.overlap ?? floor.overlap,
    noMotionAfterMs: (document.no_motion_after_s ?? usualNoMotionS) * 1_000,
    pirZero: {
      enabled: document.pir_zero_enable ?? false,
      threshold: document.pir_zero_threshold ?? usualPirThreshold,
      windowMs: (document.pir_zero_window ?? usualPirWindowS) * 1_000,
    },
  };
}

function identity(record: { readonly id: string; readonly butterflymx_id?: number }): { id: string; number: number } {
  return { id: record.id, number: required(record.butterflymx_id, `butterflymx_id of ${record.id}`) };
}

function tenantName({ id, full_name, first_name, last_name, email }: TenantDocument): string {
  const parts = [first_name, last_name].filter((part) => part !== undefined && part !== "");
  return full_name || parts.join(" ") || email || id;
}

/** Only a document that never passed its check can fail here. */
function required<Item>(item: Item | undefined, what: string): Item {
  if (item === undefined) throw new Error(`The building model lacks ${what}: it was not checked.`);
  return item;
}
