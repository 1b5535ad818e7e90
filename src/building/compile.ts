// From a checked model to linked records with lookups: what matching, sensing and the dialects work with.

import type {
  AccessPoint,
  BuildingModel,
  Building,
  Credential,
  Device,
  Floor,
  Hive,
  Room,
  Sensor,
  Site,
  Tenant,
  Unit,
  Zone,
} from "./building.ts";
import { atOnce, type Steps } from "../steps.ts";
import { model } from "./shape.ts";
import type { BuildingDocument, CredentialDocument, ModelDocument, SiteDocument, TenantDocument } from "./document.ts";
import { compileFloor } from "./compile-floor.ts";
import { emptyPlan, type FloorPlan, floorPlan } from "./floor-plan.ts";
import { add, groupInSteps, lookupInSteps, required, sensorLookup } from "./lookup.ts";
import { minuteOfDay } from "./time-fields.ts";

/** 04:00: at midnight people are still there [domain.md §2.2]. */
const usualReset = 4 * 60;

/** The document must have passed checkModel and assignNumbers. Fields that it does not know are not kept. */
export function* compileInSteps(whole: ModelDocument): Steps<BuildingModel> {
  const document = (yield* model.knownPart(whole)) as ModelDocument;
  const records: Records = {
    buildings: [],
    floors: [],
    rooms: [],
    zones: [],
    hives: [],
    sensors: [],
    accessPoints: [],
    devices: [],
    units: [],
    tenants: [],
    keychains: [],
    accessTools: [],
  };
  for (const site of document.sites) {
    const compiled = siteOf(site);
    for (const building of site.buildings ?? []) yield* addBuilding(records, building, compiled);
    yield;
  }
  return yield* linked(document, records);
}

/** The same at once. */
export const compileBuilding = (whole: ModelDocument): BuildingModel => atOnce(compileInSteps(whole));

/** With lookups, made one by one. */
function* linked(document: ModelDocument, records: Records): Steps<BuildingModel> {
  const { id, name } = document.organization;
  const byRoom = yield* groupInSteps(records.sensors, (sensor) => sensor.room?.id);
  const byFloor = yield* groupInSteps(records.sensors, (sensor) => sensor.floor.id);
  const roomsByFloor = yield* groupInSteps(records.rooms, (room) => room.floor.id);
  const zonesByFloor = yield* groupInSteps(records.zones, (zone) => zone.floor.id);
  const byUnit = yield* groupInSteps(records.tenants, (tenant) => tenant.unit.id);
  const planOf = plans(records, { rooms: roomsByFloor, zones: zonesByFloor, sensors: byFloor });
  return {
    organization: { id, name },
    document,
    buildings: yield* lookupInSteps(records.buildings),
    floors: yield* lookupInSteps(records.floors),
    rooms: yield* lookupInSteps(records.rooms),
    zones: yield* lookupInSteps(records.zones),
    hives: yield* lookupInSteps(records.hives),
    sensors: yield* sensorLookup(records.sensors),
    accessPoints: yield* lookupInSteps(records.accessPoints),
    devices: yield* lookupInSteps(records.devices),
    units: yield* lookupInSteps(records.units),
    tenants: yield* lookupInSteps(records.tenants),
    keychains: yield* lookupInSteps(records.keychains),
    accessTools: yield* lookupInSteps(records.accessTools),
    sensorsOfRoom: (room) => byRoom.get(room) ?? [],
    sensorsOfFloor: (floor) => byFloor.get(floor) ?? [],
    planOf,
    spacesOfFloor: (floor) => ({ rooms: roomsByFloor.get(floor) ?? [], zones: zonesByFloor.get(floor) ?? [] }),
    tenantsOfUnit: (unit) => byUnit.get(unit) ?? [],
  };
}

/** By floor. */
interface OnFloors {
  readonly rooms: ReadonlyMap<string, readonly Room[]>;
  readonly zones: ReadonlyMap<string, readonly Zone[]>;
  readonly sensors: ReadonlyMap<string, readonly Sensor[]>;
}

/** Plans are made when somebody asks: most floors of a large model are quiet. */
function plans({ floors }: Records, on: OnFloors): (floor: string) => FloorPlan {
  const known = new Map(floors.map((floor) => [floor.id, floor]));
  const made = new Map<string, FloorPlan>();
  const nowhere = emptyPlan();
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
  readonly hives: Hive[];
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

function* addBuilding(records: Records, document: BuildingDocument, site: Site): Steps<void> {
  const building: Building = {
    ...identity(document),
    name: document.name,
    site,
    tenantScope: document.tenant_scope ?? "unit",
    record: document,
  };
  records.buildings.push(building);
  for (const each of document.floors ?? []) {
    yield* compileFloor(each, building, records);
  }

  const devices = yield* add(
    records.devices,
    document.devices,
    (each): Device => ({ ...identity(each), name: each.name, building, record: each }),
  );
  const deviceById = yield* lookupInSteps(devices);
  yield* add(
    records.accessPoints,
    document.access_points,
    (each): AccessPoint => ({
      ...identity(each),
      name: each.name,
      building,
      devices: (each.device_ids ?? []).map((id) => required(deviceById.get(id), id)),
      record: each,
    }),
  );
  const units = yield* add(
    records.units,
    document.units,
    (each): Unit => ({ ...identity(each), label: each.label, building, record: each }),
  );
  const unitById = yield* lookupInSteps(units);
  const tenants = yield* add(
    records.tenants,
    document.tenants,
    (each): Tenant => ({
      ...identity(each),
      name: fullName(each) ?? (each.email || each.id),
      fullName: fullName(each),
      building,
      unit: required(unitById.get(each.unit_id), each.unit_id),
      inactiveAfter: each.inactive_after === undefined ? Infinity : Date.parse(each.inactive_after),
      record: each,
    }),
  );
  const tenantById = yield* lookupInSteps(tenants);
  const credential =
    (kind: Credential["kind"]) =>
    (each: CredentialDocument): Credential => ({
      kind,
      ...identity(each),
      building,
      tenant: each.tenant_id === undefined ? null : required(tenantById.get(each.tenant_id), each.tenant_id),
      unit: each.unit_id === undefined ? null : required(unitById.get(each.unit_id), each.unit_id),
      record: each,
    });
  yield* add(records.keychains, document.keychains, credential("keychain"));
  yield* add(records.accessTools, document.access_tools, credential("access_tool"));
}

function identity(record: { readonly id: string; readonly butterflymx_id?: number }): { id: string; number: number } {
  return { id: record.id, number: required(record.butterflymx_id, `butterflymx_id of ${record.id}`) };
}

function fullName({ full_name, first_name, last_name }: TenantDocument): string | null {
  const parts = [first_name, last_name].filter((part) => part !== undefined && part !== "");
  return full_name || parts.join(" ") || null;
}
