// What a building model may hold, record by record: the fields of document.ts, which are required, and what each must
// look like. Whether ids are unique and references lead somewhere is references.ts.

import {
  fault,
  filledText,
  flag,
  id,
  isMembers,
  label,
  list,
  number,
  oneOf,
  type Reader,
  record,
  text,
} from "./fields.ts";
import { corners, crosses } from "./geometry.ts";
import { normalMac } from "./mac.ts";
import type { Point } from "../model/fact.ts";

/** A thousand kilometres: beyond it a micrometre is lost in a double. */
const farthest = 1_000_000;
/** Checking an outline for crossings takes the square of its corners. */
const mostCorners = 1_000;

const coordinate = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && Math.abs(value) <= farthest;
const distance = (value: unknown): value is number => coordinate(value) && value > 0;

const metres = number(distance, `a number of metres above 0, at most ${farthest}`);
const butterflymxId = number((value) => Number.isSafeInteger(value) && value > 0, "a whole number from 1 to 2^53 - 1");

const point: Reader = (value, at) =>
  isTuple(value, 2, coordinate)
    ? value
    : fault(at, "WRONG_TYPE", `must be [x, y] in metres, at most ${farthest} from 0`);

const sides: Reader = (value, at) =>
  isTuple(value, 2, distance) ? value : fault(at, "WRONG_TYPE", "must be [x, y] in metres, both above 0");

const orientation: Reader = (value, at) =>
  isTuple(value, 3, coordinate) ? value : fault(at, "WRONG_TYPE", "must be [yaw, pitch, roll] in degrees");

/** None at all: not drawn yet. */
const outline: Reader = (value, at) => {
  if (Array.isArray(value) && value.length === 0) return undefined;
  const read = list(point)(value, at) as readonly (Point | undefined)[] | undefined;
  if (read === undefined || read.includes(undefined)) return undefined;
  const points = read as readonly Point[];
  const count = corners(points).length;
  if (count < 3) return fault(at, "TOO_FEW_CORNERS", "must have at least three different corners");
  if (count > mostCorners) return fault(at, "TOO_MANY_CORNERS", `must have at most ${mostCorners} corners`);
  if (crosses(points)) return fault(at, "SELF_CROSSING", "must not cross or touch itself");
  return points;
};

const macAddress: Reader = (value, at) =>
  (typeof value === "string" ? normalMac(value) : null) ??
  fault(at, "INVALID_MAC", "must be a MAC address of 8 or 6 bytes, such as 00-17-0d-00-00-6a-3f-9e");

const timeZone: Reader = (value, at) =>
  typeof value === "string" && isTimeZone(value)
    ? value
    : fault(at, "UNKNOWN_TIME_ZONE", "must be an IANA time zone, such as America/Los_Angeles");

const hive = record("hive", {
  required: { id, serialNumber: label },
  optional: { hiveType: label, hiveVersion: label },
});

const sensor = record("sensor", {
  required: { id, mac_address: macAddress, mode: oneOf("presence", "traffic") },
  optional: {
    model: label,
    room_id: id,
    zone_ids: list(id),
    hive_id: id,
    center: point,
    height: metres,
    field_of_view: number(
      (value) => value > 0 && value < 180,
      "a number above 0 and below 180 (degrees, or radians where below 3.14)",
    ),
    orientation,
    footprint: sides,
    y_down: flag,
  },
});

const room = record("room", {
  required: { id, name: filledText },
  optional: {
    customID: label,
    coordinates: outline,
    pir_zero_threshold: number((value) => value >= 0 && value <= 1, "a number from 0 to 1"),
  },
});

const zone = record("zone", {
  required: { id, name: filledText },
  optional: { customID: label, room_id: id, coordinates: outline },
});

const floor = record("floor", {
  required: { id, name: filledText },
  optional: { customID: label, rooms: list(room), zones: list(zone), hives: list(hive), sensors: list(sensor) },
});

const accessPoint = record("access point", {
  required: { id, name: filledText },
  optional: { butterflymx_id: butterflymxId, device_ids: list(id) },
});

const device = record("device", {
  required: { id, name: filledText },
  optional: { butterflymx_id: butterflymxId, type: text },
});

const unit = record("unit", {
  required: { id, label },
  optional: { butterflymx_id: butterflymxId, floor: label },
});

const tenantRecord = record("tenant", {
  required: { id, unit_id: id },
  optional: { butterflymx_id: butterflymxId, first_name: text, last_name: text, full_name: text, email: text },
});

/** The vendor's own record holds the whole unit [butterflymx.md §5.1]: of it only the id counts. */
const tenant: Reader = (value, at) => {
  if (!isMembers(value) || (value["unit_id"] ?? null) !== null || !isMembers(value["unit"])) {
    return tenantRecord(value, at);
  }
  const { unit, ...rest } = value;
  return tenantRecord({ ...rest, unit_id: unit["id"] }, at);
};

const credential = (kind: string): Reader =>
  record(kind, {
    required: { id },
    optional: { butterflymx_id: butterflymxId, name: text, type: text, tenant_id: id, unit_id: id },
  });

const building = record("building", {
  required: { id, name: filledText },
  optional: {
    butterflymx_id: butterflymxId,
    tenant_scope: oneOf("unit", "own"),
    floors: list(floor),
    access_points: list(accessPoint),
    devices: list(device),
    units: list(unit),
    tenants: list(tenant),
    keychains: list(credential("keychain")),
    access_tools: list(credential("access tool")),
  },
});

const site = record("site", {
  required: { id, name: filledText, timezone: timeZone },
  optional: { buildings: list(building) },
});

/** Reads a whole model. */
export const model: Reader = record("model", {
  required: {
    organization: record("organization", { required: { id, name: filledText }, optional: {} }),
    sites: list(site),
  },
  optional: {},
});

function isTuple(value: unknown, length: number, fits: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length === length && value.every(fits);
}

/** Names only: engines take offsets such as +01:00 as well, which know no summer. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
