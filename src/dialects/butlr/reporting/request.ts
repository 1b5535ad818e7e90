// A request to `POST /api/v3/reporting`, read and checked [clients.md §1.3]. Pure.

import { type OpeningHours, openingHours } from "./opening-hours.ts";
import { fieldsOf, finite, flag, listOf, note, oneOf, type Reader, someOf, textOf, wholeFrom } from "./reader.ts";
import { functions, type StatisticFunction } from "./tally.ts";
import { moment, timeZone, windowLength, windowOffset } from "./time-text.ts";
import { minuteMs } from "./time-windows.ts";

export const measurements = [
  "floor_occupancy",
  "room_occupancy",
  "zone_occupancy",
  "traffic",
  "traffic_floor_occupancy",
  "traffic_room_occupancy",
  // Zones have no doors: there are never any values.
  "traffic_zone_occupancy",
] as const;
export type Measurement = (typeof measurements)[number];

/** What a place must be one of; clients are organizations and sites, spaces are floors. */
export const placeFilters = ["clients", "buildings", "spaces", "rooms", "zones", "sensors", "hives", "tags"] as const;
export type PlaceFilter = (typeof placeFilters)[number];

export type PlaceFilters = Readonly<Partial<Record<PlaceFilter, readonly string[]>>>;

/** Bounds of a minute's value. */
export type ValueFilter = Readonly<Partial<Record<"gte" | "lte" | "gt" | "lt", number>>>;

/** What a group may be named after: texts of a row, and its time. */
export const groupKeys = [
  "time",
  "field",
  "measurement",
  "building_id",
  "building_name",
  "space_id",
  "space_name",
  "room_id",
  "room_name",
  "zone_id",
  "zone_name",
  "hive_id",
  "hive_serial",
  "sensor_id",
  "mac_address",
] as const;
export type GroupKey = (typeof groupKeys)[number];

/** `rows`: a flat list. `assets`: by place and time. A list of keys: nested by them, with statistics of each group. */
export type Grouping = "rows" | "assets" | readonly GroupKey[];

export interface Windowing {
  /** ms. */
  readonly every: number;
  readonly offset: number;
  /** null: the usual one of the measurement. */
  readonly statistic: StatisticFunction | null;
  readonly timeZone: string;
  /** Whether windows without values are told, too, and what stands in them. */
  readonly empty: "left out" | "null" | "previous" | number;
}

export interface Paging {
  /** From 1. */
  readonly page: number;
  readonly limit: number;
}

export interface ReportRequest {
  readonly measurements: readonly Measurement[];
  /** Epoch ms; windows lie between both. */
  readonly start: number;
  readonly stop: number;
  readonly places: PlaceFilters;
  readonly value: ValueFilter;
  readonly hours: OpeningHours | null;
  readonly window: Windowing;
  readonly grouping: Grouping;
  readonly paging: Paging | null;
}

const mostIds = 10_000;
const longestId = 200;
const largestPage = 25_000;

/** `now`: epoch ms, for times that are given in relation to it. */
export const reportRequest =
  (now: number): Reader<ReportRequest> =>
  (body, path, faults) => {
    const fields = fieldsOf(body, path, faults, ["filter", "window", "group_by", "options", "paginate"]);
    const filter = fields.need("filter", filterReader(now), emptyFilter);
    fields.get("options", options);
    const request = {
      ...filter,
      window: fields.get("window", windowing) ?? minutes,
      grouping: fields.get("group_by", grouping) ?? "rows",
      paging: fields.get("paginate", paging),
    };
    if (request.paging !== null && request.grouping !== "rows") {
      note(faults, "paginate", "is for flat rows only. Leave out group_by, or give it both order and raw: true.");
    }
    const spaces = new Set(request.measurements.map((name) => name.replace("traffic_", "")));
    if (request.grouping === "assets" && spaces.size < request.measurements.length) {
      note(faults, "filter.measurements", "must not have two of the same spaces: group_by.raw has one value of each.");
    }
    return request;
  };

type Filter = Pick<ReportRequest, "measurements" | "start" | "stop" | "places" | "value" | "hours">;

const emptyFilter: Filter = { measurements: [], start: 0, stop: 0, places: {}, value: {}, hours: null };

const filterReader =
  (now: number): Reader<Filter> =>
  (value, path, faults) => {
    const others = ["measurements", "start", "stop", "value", "calibrated", "time_constraints"];
    const fields = fieldsOf(value, path, faults, [...others, ...placeFilters]);
    const named = fields.need("measurements", someOf(measurements), []);
    const start = fields.need("start", moment(now), now);
    const stop = fields.get("stop", moment(now)) ?? now;
    if (start > stop) note(faults, `${path}.start`, "must not be later than stop.");
    // Traffic occupancy is always that with its resets and known counts: there is no other to choose.
    fields.get("calibrated", calibrated);
    const lists = placeFilters.map((name) => [name, fields.get(name, idList)] as const);
    return {
      measurements: named,
      start,
      stop,
      places: Object.fromEntries(lists.filter(([, ids]) => ids !== null)),
      value: fields.get("value", bounds) ?? {},
      hours: fields.get("time_constraints", openingHours),
    };
  };

const idList: Reader<readonly string[] | null> = (value, path, faults) =>
  fieldsOf(value, path, faults, ["eq"]).need("eq", listOf(textOf(longestId), mostIds), []);

const calibrated: Reader<unknown> = (value, path, faults) =>
  typeof value === "boolean" ? value : oneOf(["true", "false", "raw", "yes", "no"])(value, path, faults);

const bounds: Reader<ValueFilter> = (value, path, faults) => {
  const names = ["gte", "lte", "gt", "lt"] as const;
  const fields = fieldsOf(value, path, faults, names);
  const found = names.map((name) => [name, fields.get(name, finite)] as const);
  return Object.fromEntries(found.filter(([, bound]) => bound !== null));
};

const minutes: Windowing = { every: minuteMs, offset: 0, statistic: null, timeZone: "UTC", empty: "left out" };

const windowing: Reader<Windowing> = (value, path, faults) => {
  const fields = fieldsOf(value, path, faults, ["every", "function", "offset", "timezone", "create_empty", "fill"]);
  const filled = fields.get("fill", fill);
  return {
    every: fields.need("every", windowLength, minuteMs),
    offset: fields.get("offset", windowOffset) ?? 0,
    statistic: fields.get("function", oneOf(functions)),
    timeZone: fields.get("timezone", timeZone) ?? "UTC",
    empty: fields.get("create_empty", flag) === true ? (filled ?? "null") : "left out",
  };
};

const fill: Reader<"previous" | number | null> = (value, path, faults) => {
  const fields = fieldsOf(value, path, faults, ["use_previous", "value"]);
  return fields.get("use_previous", flag) === true ? "previous" : fields.get("value", finite);
};

const grouping: Reader<Grouping> = (value, path, faults) => {
  const fields = fieldsOf(value, path, faults, ["order", "raw"]);
  const order = (fields.get("order", listOf(oneOf(groupKeys), 6)) ?? []).filter((key) => key !== null);
  const raw = fields.get("raw", flag) === true;
  if (order.length === 0) return raw ? "assets" : "rows";
  return raw ? "rows" : order;
};

const paging: Reader<Paging> = (value, path, faults) => {
  const fields = fieldsOf(value, path, faults, ["page", "limit"]);
  return {
    page: fields.get("page", wholeFrom(1, 1_000_000)) ?? 1,
    limit: fields.get("limit", wholeFrom(1, largestPage)) ?? 100,
  };
};

/** Only what is answered anyway may be asked for. */
const options: Reader<unknown> = (value, path, faults) => {
  const names = ["format", "precision", "timestamp", "includeCalibrationPoints"];
  const fields = fieldsOf(value, path, faults, names);
  fields.get("format", oneOf(["json"]));
  fields.get("timestamp", oneOf(["RFC3339"]));
  fields.get("precision", oneOf(["s", "ms", "us", "ns"]));
  if (fields.get("includeCalibrationPoints", flag) === true) {
    note(
      faults,
      `${path}.includeCalibrationPoints`,
      "must be false: known counts are in the numbers and not told apart.",
    );
  }
  return null;
};
