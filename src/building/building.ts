// Port: the place, compiled. One organization's sites, buildings, spaces, sensors, doors, units and tenants as linked
// records with lookups; made by building/compile from a checked document and never changed afterwards.

import type { Point } from "../model/fact.ts";
import type {
  AccessPointDocument,
  BuildingDocument,
  CredentialDocument,
  DeviceDocument,
  ModelDocument,
  TenantDocument,
  UnitDocument,
} from "./document.ts";
import type { FloorPlan } from "./floor-plan.ts";

export interface ModelOrganization {
  readonly id: string;
  readonly name: string;
}

export interface Site {
  readonly id: string;
  readonly name: string;
  /** IANA name, such as `America/Los_Angeles`. */
  readonly timezone: string;
  /** Minute of the local day at which the traffic occupancy begins at 0. */
  readonly occupancyReset: number;
}

export interface Building {
  readonly id: string;
  /** The integer by which ButterflyMX clients know it; every place of that vendor's domain has one. */
  readonly number: number;
  readonly name: string;
  readonly site: Site;
  /** Whether a tenant's webhook gets what concerns the unit, or only the tenant's own entries [design §4.14]. */
  readonly tenantScope: "unit" | "own";
  /** As it stands in the model. */
  readonly record: BuildingDocument;
}

/** Corners in metres on the floor's origin, none twice in a row: it closes by itself. */
export type Outline = readonly Point[];

/** Whether a person whom two sensors see counts once or twice. */
export type Overlap = "merge" | "sum";

export interface Floor {
  readonly id: string;
  readonly name: string;
  readonly customId: string | null;
  readonly building: Building;
  /** Nobody counts beyond it; null: not drawn. */
  readonly outline: Outline | null;
  readonly overlap: Overlap;
  /** Nobody counts in them, whichever sensor sees them. */
  readonly masks: readonly Outline[];
}

export interface Room {
  readonly id: string;
  readonly name: string;
  readonly customId: string | null;
  readonly floor: Floor;
  /** null: not drawn. */
  readonly outline: Outline | null;
  readonly overlap: Overlap;
  /** The room is at rest when none of its sensors has seen motion for this long. */
  readonly noMotionAfterMs: number;
  readonly pirZero: PirZero;
}

/** Zeroing a room's count when its motion sensors agree that nobody is there [butlr.md §5.4]. */
export interface PirZero {
  readonly enabled: boolean;
  /** Motion is a confidence of at least this, 0 to 1; with zeroing off as well. */
  readonly threshold: number;
  /** How long they must agree. */
  readonly windowMs: number;
}

export interface Zone {
  readonly id: string;
  readonly name: string;
  readonly customId: string | null;
  readonly floor: Floor;
  readonly room: Room | null;
  readonly outline: Outline | null;
}

export type Drawn<Space extends Room | Zone> = Space & { readonly outline: Outline };

export interface Hive {
  readonly id: string;
  readonly serial: string;
  readonly model: string | null;
  readonly version: string | null;
  readonly floor: Floor;
}

export interface Sensor {
  readonly id: string;
  /** Lower case, hyphens. */
  readonly mac: string;
  readonly mode: "presence" | "traffic";
  readonly model: string | null;
  readonly floor: Floor;
  readonly room: Room | null;
  readonly zones: readonly Zone[];
  readonly hive: Hive | null;
  /** Where it hangs; null: not placed, so local coordinates cannot be turned into the floor's. */
  readonly footprint: Footprint | null;
  /** Nobody whom this sensor sees in them counts, such as the corridor of a neighbour. */
  readonly masks: readonly Outline[];
  /** Its traffic goes into and out of its floor. */
  readonly isEntrance: boolean;
  /** Passing from its right side to its left, seen from the first point to the second, is in. null: none. */
  readonly countingLine: readonly [Point, Point] | null;
  /** Whether it has a say in zeroing its room. */
  readonly pirZeroEnabled: boolean;
}

/** The square or rectangle on the floor that a sensor sees [domain.md §2.4]. */
export interface Footprint {
  readonly centre: Point;
  /** Sides in metres along the sensor's own x and y. */
  readonly size: readonly [x: number, y: number];
  /** Turn about the vertical axis, degrees, counter-clockwise as seen on the plan. */
  readonly orientation: number;
  /** Whether the sensor's own y runs down, from a top left origin, as in images. Default true. */
  readonly yDown?: boolean;
}

export interface AccessPoint {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly building: Building;
  readonly devices: readonly Device[];
  /** As it stands in the model. */
  readonly record: AccessPointDocument;
}

export interface Device {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly building: Building;
  /** As it stands in the model. */
  readonly record: DeviceDocument;
}

export interface Unit {
  readonly id: string;
  readonly number: number;
  readonly label: string;
  readonly building: Building;
  /** As it stands in the model. */
  readonly record: UnitDocument;
}

export interface Tenant {
  readonly id: string;
  readonly number: number;
  /** Some name: at worst the id. */
  readonly name: string;
  /** As people write it; null: the model does not say. */
  readonly fullName: string | null;
  readonly building: Building;
  readonly unit: Unit;
  /** Epoch ms from which on the tenant sees and gets nothing more; Infinity: no end. */
  readonly inactiveAfter: number;
  /** As it stands in the model. */
  readonly record: TenantDocument;
}

/** A visitor pass or a permanent credential: whose it is. */
export interface Credential {
  readonly kind: "keychain" | "access_tool";
  readonly id: string;
  readonly number: number;
  readonly building: Building;
  readonly tenant: Tenant | null;
  readonly unit: Unit | null;
  /** As it stands in the model. */
  readonly record: CredentialDocument;
}

/** Finds a record by its id, or by its number as digits where it has one. */
export interface RecordLookup<Item> extends Iterable<Item> {
  get(id: string | number): Item | undefined;
  readonly size: number;
}

export interface BuildingModel {
  readonly organization: ModelOrganization;
  /** What it was made of: fields that only describe a record are read there. */
  readonly document: ModelDocument;
  readonly buildings: RecordLookup<Building>;
  readonly floors: RecordLookup<Floor>;
  readonly rooms: RecordLookup<Room>;
  readonly zones: RecordLookup<Zone>;
  readonly hives: RecordLookup<Hive>;
  /** By id, by id without a leading `sensor_`, or by MAC address in any spelling. */
  readonly sensors: RecordLookup<Sensor>;
  readonly accessPoints: RecordLookup<AccessPoint>;
  readonly devices: RecordLookup<Device>;
  readonly units: RecordLookup<Unit>;
  readonly tenants: RecordLookup<Tenant>;
  readonly keychains: RecordLookup<Credential>;
  readonly accessTools: RecordLookup<Credential>;
  sensorsOfRoom(room: string): readonly Sensor[];
  sensorsOfFloor(floor: string): readonly Sensor[];
  /** In the order of the model, drawn or not. */
  spacesOfFloor(floor: string): { readonly rooms: readonly Room[]; readonly zones: readonly Zone[] };
  /** Made at the first call and kept. A floor that the model does not know has a plan without anything on it. */
  planOf(floor: string): FloorPlan;
  tenantsOfUnit(unit: string): readonly Tenant[];
}
