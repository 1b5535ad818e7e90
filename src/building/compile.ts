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
import { model } from "./shape.ts";
import type { BuildingDocument, CredentialDocument, ModelDocument, SiteDocument, TenantDocument } from "./document.ts";
import { compileFloor } from "./compile-floor.ts";
import { emptyPlan, type FloorPlan, floorPlan } from "./floor-plan.ts";
import { groupBy, lookup, required, sensorLookup } from "./lookup.ts";
import { minuteOfDay } from "./time-fields.ts";

/** 04:00: at midnight people are still there [domain.md §2.2]. */
const usualReset = 4 * 60;

/** The document must have passed checkModel and assignNumbers. Fields that it does not know are not kept. */
export function compileBuilding(whole: ModelDocument): BuildingModel {
  const document = model.knownPart(whole) as ModelDocument;
  const { id, name } = document.organization;
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
    for (const building of site.buildings ?? []) addBuilding(records, building, siteOf(site));
  }
  const byRoom = groupBy(records.sensors, (sensor) => sensor.room?.id);
  const byFloor = groupBy(records.sensors, (sensor) => sensor.floor.id);
  const roomsByFloor = groupBy(records.rooms, (room) => room.floor.id);
  const zonesByFloor = groupBy(records.zones, (zone) => zone.floor.id);
  const byUnit = groupBy(records.tenants, (tenant) => tenant.unit.id);
  return {
    organization: { id, name },
    document,
    buildings: lookup(records.buildings),
    floors: lookup(records.floors),
    rooms: lookup(records.rooms),
    zones: lookup(records.zones),
    hives: lookup(records.hives),
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
    spacesOfFloor: (floor) => ({ rooms: roomsByFloor.get(floor) ?? [], zones: zonesByFloor.get(floor) ?? [] }),
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
  readonly hives: Hive[];
  readonly sensors: Sensor[];
  readonly accessPoints: AccessPoint[];
  readonly devices: Device[];
  readonly units: Unit[];
  readonly tenants: Tenant[];
  readonly keychains: Credential[];
  readonly accessTools: Credential[];
}

/** Not push(...items): a call takes only so many arguments, and a model may hold more records. */
function append<Item>(list: Item[], items: readonly Item[]): void {
  for (const item of items) list.push(item);
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
    record: document,
  };
  records.buildings.push(building);
  for (const each of document.floors ?? []) {
    const { floor, rooms, zones, hives, sensors } = compileFloor(each, building);
    records.floors.push(floor);
    append(records.rooms, rooms);
    append(records.zones, zones);
    append(records.hives, hives);
    append(records.sensors, sensors);
  }

  const devices = (document.devices ?? []).map(
    (each): Device => ({ ...identity(each), name: each.name, building, record: each }),
  );
  const deviceById = lookup(devices);
  const accessPoints = (document.access_points ?? []).map(
    (each): AccessPoint => ({
      ...identity(each),
      name: each.name,
      building,
      devices: (each.device_ids ?? []).map((id) => required(deviceById.get(id), id)),
      record: each,
    }),
  );
  const units = (document.units ?? []).map(
    (each): Unit => ({ ...identity(each), label: each.label, building, record: each }),
  );
  const unitById = lookup(units);
  const tenants = (document.tenants ?? []).map(
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
  const tenantById = lookup(tenants);
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
  append(records.devices, devices);
  append(records.accessPoints, accessPoints);
  append(records.units, units);
  append(records.tenants, tenants);
  append(records.keychains, (document.keychains ?? []).map(credential("keychain")));
  append(records.accessTools, (document.access_tools ?? []).map(credential("access_tool")));
}

function identity(record: { readonly id: string; readonly butterflymx_id?: number }): { id: string; number: number } {
  return { id: record.id, number: required(record.butterflymx_id, `butterflymx_id of ${record.id}`) };
}

function fullName({ full_name, first_name, last_name }: TenantDocument): string | null {
  const parts = [first_name, last_name].filter((part) => part !== undefined && part !== "");
  return full_name || parts.join(" ") || null;
}
