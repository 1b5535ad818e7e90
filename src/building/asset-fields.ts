// Reading the descriptive fields of a building model (asset-document.ts): by kind of record, what each must look like.

import { fault, flag, id, label, list, number, oneOf, type Reader, record, text } from "./fields.ts";

/** What GraphQL's Int holds. */
const wholeNumber = number(
  (value) => Number.isInteger(value) && Math.abs(value) < 2 ** 31,
  "a whole number below 2^31",
);
const people = number((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 31, "a whole number from 0");
const real = number((value) => Number.isFinite(value), "a number");
const notNegative = number((value) => Number.isFinite(value) && value >= 0, "a number from 0");

const date: Reader = (value, at) =>
  typeof value === "string" && /^\d{4}-\d\d-\d\d/.test(value) && !Number.isNaN(Date.parse(value))
    ? value
    : fault(at, "WRONG_VALUE", "must be a date such as 2026-05-01 or 2026-05-01T00:00:00Z");

/** [x, y] in metres; an empty list: not placed. */
const position: Reader = (value, at) => {
  if (!Array.isArray(value) || !value.every((each) => typeof each === "number" && Number.isFinite(each))) {
    return fault(at, "WRONG_TYPE", "must be [x, y] in metres");
  }
  if (value.length === 0) return undefined;
  return value.length === 2 ? value : fault(at, "WRONG_VALUE", "must be [x, y] in metres");
};

const optional = (kind: string, fields: Readonly<Record<string, Reader>>): Reader =>
  record(kind, { required: {}, optional: fields });

const capacity = optional("capacity", { max: people, mid: people });
const area = optional("area", { value: notNegative, unit: text });
const address = optional("address", { lines: list(text), country: text });
const metadata = optional("metadata", { created_at: wholeNumber, updated_at: wholeNumber, deleted_at: wholeNumber });
const floorPlan = record("floor plan", {
  required: { floor_plan_id: id, name: text },
  optional: { url: text, coordinates: list(list(real)) },
});

const origin = oneOf("api");
/** What a vendor's API says of any record that it made or changed. */
export const marks = { origin, set_by_api: list(text) };

const tag = record("tag", { required: { id }, optional: { name: label, origin } });
export const tags = list(tag);

const space = { ...marks, capacity, area, metadata, tags, untagged_by_api: list(id) };

const batteryDates = { last_battery_change_date: date, next_battery_change_date: date };

export const assetFields = {
  site: { ...marks, siteNumber: wholeNumber, customID: label, butlrCode: text },
  building: { ...marks, building_number: wholeNumber, customID: label, butlrCode: text, capacity, address },
  floor: {
    ...space,
    ...batteryDates,
    floorNumber: wholeNumber,
    installation_date: wholeNumber,
    installation_status: text,
    service_status: text,
    butlrCode: text,
    floor_plans: list(floorPlan),
  },
  room: { ...space, roomType: text, rotation: real, note: text },
  zone: { ...space, rotation: real, note: text },
  sensor: {
    ...marks,
    ...batteryDates,
    battery_change_by_date: date,
    name: label,
    sensor_serial: label,
    hive_serial: label,
    effective_field_of_view: real,
    door_line: real,
    in_direction: real,
    parallel_to_door: flag,
    sensitivity: real,
    power_type: text,
    installation_status: text,
    note: text,
    metadata,
  },
  hive: {
    ...marks,
    name: label,
    room_id: id,
    coordinates: position,
    note: text,
    installed: flag,
    netPathStability: real,
    metadata,
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Reader>>>>;

/** A record that a vendor's API deleted; it stays deleted though the operator names it. */
export const deletedRecords = list(record("deleted record", { required: { kind: text, id }, optional: {} }));
