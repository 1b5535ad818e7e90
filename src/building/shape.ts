// What a building model may hold, record by record: the fields of document.ts, which are required, and what each must
// look like. Whether ids are unique and references lead somewhere is references.ts.

import { assetFields, deletedRecords, marks, tags } from "./asset-fields.ts";
import {
  type At,
  described,
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
import type { SensorDocument } from "./document.ts";
import { footprintOf } from "./geometry.ts";
import { countingLine, masks, metres, orientation, outline, planeHeight, point, sides } from "./geometry-fields.ts";
import type { Steps } from "../steps.ts";
import { normalMac } from "./mac.ts";
import { moment, timeOfDay, timeZone } from "./time-fields.ts";

/** What the vendor's API gives back as it stands. */
const asGiven: Reader = Object.assign((value: unknown) => value, {
  // oxlint-disable-next-line require-yield -- numbers stay as they were written
  *inSteps(value: unknown): Steps<unknown> {
    return value;
  },
});

/** What every record of ButterflyMX's API may have. */
const butterflymxFields = {
  ...marks,
  butterflymx_id: number((value) => Number.isSafeInteger(value) && value > 0, "a whole number from 1 to 2^53 - 1"),
  created_at: text,
  updated_at: text,
};

const overlap = oneOf("merge", "sum");

const seconds = (least: number, most: number): Reader =>
  number(
    (value) => Number.isInteger(value) && value >= least && value <= most,
    `a whole number of seconds from ${least} to ${most}`,
  );

const macAddress = described(
  (value, at) =>
    (typeof value === "string" ? normalMac(value) : null) ??
    fault(at, "INVALID_MAC", "must be a MAC address of 8 or 6 bytes, such as 00-17-0d-00-00-6a-3f-9e"),
  { type: "string", description: "A MAC address of 8 or 6 bytes, in any spelling." },
);

const hive = record("hive", {
  required: { id, serialNumber: label },
  optional: { ...assetFields.hive, hiveType: label, hiveVersion: label },
});

const sensor = record("sensor", {
  required: { id, mac_address: macAddress, mode: oneOf("presence", "traffic") },
  optional: {
    ...assetFields.sensor,
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
    detection_plane_height: planeHeight,
    masks,
    is_entrance: flag,
    counting_line: countingLine,
    pir_zero_enable: flag,
  },
  between: (sensor, inside) => {
    const { mode, height, detection_plane_height: plane, counting_line: line } = sensor as Partial<SensorDocument>;
    if (plane !== undefined && height !== undefined && plane >= height) {
      fault(inside("detection_plane_height"), "WRONG_VALUE", `must be below its height of ${height} metres`);
    }
    if (line === undefined) return;
    const at = inside("counting_line");
    if (mode !== "presence")
      fault(at, "WRONG_VALUE", "needs a sensor in presence mode; one in traffic mode counts by itself");
    else if (footprintOf(sensor) === null) {
      fault(at, "WRONG_VALUE", "needs a sensor with a place: give it center, and height or footprint");
    }
  },
});

const room = record("room", {
  required: { id, name: filledText },
  optional: {
    ...assetFields.room,
    customID: label,
    coordinates: outline,
    overlap,
    no_motion_after_s: seconds(60, 1_800),
    pir_zero_threshold: number((value) => value >= 0 && value <= 1, "a number from 0 to 1"),
    pir_zero_enable: flag,
    pir_zero_window: seconds(1, 86_400),
  },
});

const zone = record("zone", {
  required: { id, name: filledText },
  optional: { ...assetFields.zone, customID: label, room_id: id, coordinates: outline },
});

const floor = record("floor", {
  required: { id, name: filledText },
  optional: {
    ...assetFields.floor,
    customID: label,
    coordinates: outline,
    overlap,
    masks,
    rooms: list(room),
    zones: list(zone),
    hives: list(hive),
    sensors: list(sensor),
  },
});

const accessPoint = record("access point", {
  required: { id, name: filledText },
  optional: { ...butterflymxFields, device_ids: list(id), open_hours: asGiven, schedules: asGiven },
});

const device = record("device", {
  required: { id, name: filledText },
  optional: {
    ...butterflymxFields,
    type: text,
    model: text,
    serial_number: text,
    sip_username: text,
  },
});

const unit = record("unit", {
  required: { id, label },
  optional: { ...butterflymxFields, floor: label },
});

const tenantRecord = record("tenant", {
  required: { id, unit_id: id },
  optional: {
    ...butterflymxFields,
    first_name: text,
    last_name: text,
    full_name: text,
    email: text,
    sip_username: text,
    kind: oneOf("resident", "owner"),
    inactive_after: moment,
  },
});

/** The vendor's own record holds the whole unit [butterflymx.md §5.1]: of it only the id counts. */
const tenant: Reader = Object.assign((value: unknown, at: At) => tenantRecord(withUnitId(value), at), {
  inSteps: (value: unknown, at: At) => tenantRecord.inSteps(withUnitId(value), at),
  knownPart: tenantRecord.knownPart,
  schema: { ...tenantRecord.schema, required: ["id"], anyOf: [{ required: ["unit_id"] }, { required: ["unit"] }] },
});

function withUnitId(value: unknown): unknown {
  if (!isMembers(value) || (value["unit_id"] ?? null) !== null || !isMembers(value["unit"])) return value;
  const { unit, ...rest } = value;
  return { ...rest, unit_id: unit["id"] };
}

const virtualKey = record("virtual key", {
  required: { id },
  optional: { name: text, email: text, sms_number: text, sent_at: moment, created_at: text },
});

const keychain = record("keychain", {
  required: { id },
  optional: {
    ...butterflymxFields,
    name: text,
    type: text,
    tenant_id: id,
    unit_id: id,
    starts_at: moment,
    ends_at: moment,
    start_date: text,
    end_date: text,
    time_from: text,
    time_to: text,
    weekdays: list(text),
    access_point_ids: list(id),
    device_ids: list(id),
    virtual_keys: list(virtualKey),
  },
});

const accessTool = record("access tool", {
  required: { id },
  optional: { ...butterflymxFields, name: text, type: text, tenant_id: id, unit_id: id },
});

const building = record("building", {
  required: { id, name: filledText },
  optional: {
    ...assetFields.building,
    ...butterflymxFields,
    tenant_scope: oneOf("unit", "own"),
    door_bridge_url: text,
    floors: list(floor),
    access_points: list(accessPoint),
    devices: list(device),
    units: list(unit),
    tenants: list(tenant),
    keychains: list(keychain),
    access_tools: list(accessTool),
  },
});

const site = record("site", {
  required: { id, name: filledText, timezone: timeZone },
  optional: { ...assetFields.site, occupancy_reset: timeOfDay, buildings: list(building) },
});

/** Reads a whole model. */
export const model = record("model", {
  required: {
    organization: record("organization", { required: { id, name: filledText }, optional: {} }),
    sites: list(site),
  },
  optional: { tags, deleted_by_api: deletedRecords },
});
