import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { minuteOf, model, now, openReporting, type Reporting } from "./harness.ts";
import { hour, minute } from "./plain-windows.ts";

let reporting: Reporting;
beforeEach(async () => {
  reporting = await openReporting();
  await reporting.put(model());
  await reporting.put(model("org_2", "x"));
});
afterEach(() => reporting.close());

const noon = Date.UTC(2026, 5, 17, 12);
const iso = (at: number): string => new Date(at).toISOString();

interface Row {
  readonly field: string;
  readonly time: string;
  readonly value: number | null;
  readonly [column: string]: unknown;
}
const rowsOf = (body: object): readonly Row[] => (body as { data: readonly Row[] }).data;
const short = (body: object) => rowsOf(body).map(({ time, value }) => [time.slice(11, 16), value]);

/** Values of minutes in a row, up to noon. */
const room = (values: readonly number[], subject = "room:room_1") =>
  values.map((value, index) => minuteOf("presence", subject, noon - (values.length - index) * minute, value));

const lastMinutes = (count: number, more: object = {}) => ({
  filter: { measurements: ["room_occupancy"], start: iso(noon - count * minute), stop: iso(noon), ...more },
});

describe("a report", () => {
  test("without group_by is rows in the order of time, each with all columns in the order of the vendor", async () => {
    await reporting.keep("org_1", room([2, 4]));
    const range = { start: "2026-06-17T11:58:00Z", stop: "2026-06-17T12:00:00Z" };
    const { status, body, headers } = await reporting.ask("v3", {
      filter: { measurements: ["room_occupancy"], ...range, rooms: { eq: ["room_1"] }, value: { gte: 0 } },
      window: { every: "1m", function: "median", timezone: "America/Los_Angeles" },
      options: { format: "json", timestamp: "RFC3339" },
    });
    assert.equal(status, 200);
    assert.match(String(headers["content-type"]), /^application\/json/);
    const rest = {
      preprocessed: false,
      timezone_offset: "-7h",
      tag_id: "tag_1",
      building_id: "building_1",
      building_name: "Main",
      hive_id: "",
      hive_serial: "",
      sensor_id: "",
      space_id: "space_1",
      space_name: "Ground",
      room_id: "room_1",
      room_name: 'The "big" one',
      zone_id: "",
      zone_name: "",
      mac_address: "",
      space_custom_id: "G",
    };
    const row = (time: string, value: number) => ({
      field: "room_occupancy",
      measurement: "room_occupancy",
      time,
      ...range,
      value,
      ...rest,
    });
    const wanted = [row("2026-06-17T11:59:00Z", 2), row("2026-06-17T12:00:00Z", 4)];
    assert.deepEqual(body, { data: wanted });
    assert.deepEqual(Object.keys(rowsOf(body)[0]!), Object.keys(wanted[0]!));
  });

  test("has one row for each door sensor, direction and window", async () => {
    await reporting.keep("org_1", [
      minuteOf("traffic", "sensor_d", noon - 50 * minute, 3, 1),
      minuteOf("traffic", "sensor_d", noon - 20 * minute, 2, 0),
      minuteOf("traffic", "sensor_r", noon - 10 * minute, 0, 5),
    ]);
    const { body } = await reporting.ask("v3", {
      filter: { measurements: ["traffic"], start: iso(noon - hour), stop: iso(noon) },
      window: { every: "1h", function: "sum" },
    });
    assert.deepEqual(
      rowsOf(body).map((row) => [
        row["sensor_id"],
        row.field,
        row.value,
        row["hive_serial"],
        row["mac_address"],
        row["room_id"],
      ]),
      [
        ["sensor_d", "in", 5, "0123", "00-17-0d-00-00-00-00-02", ""],
        ["sensor_d", "out", 1, "0123", "00-17-0d-00-00-00-00-02", ""],
        ["sensor_r", "in", 0, "", "00-17-0d-00-00-00-00-03", "room_2"],
        ["sensor_r", "out", 5, "", "00-17-0d-00-00-00-00-03", "room_2"],
      ],
    );
  });

  test("has only windows that lie between start and stop, and of those only the ones that are over", async () => {
    const first = noon - 2 * hour;
    await reporting.keep(
      "org_1",
      Array.from({ length: 121 }, (_, index) => minuteOf("presence", "room:room_1", first + index * minute, index)),
    );
    const hourly = async (start: number, stop: number) => {
      const filter = { measurements: ["room_occupancy"], start: iso(start), stop: iso(stop) };
      return short((await reporting.ask("v3", { filter, window: { every: "1h", function: "last" } })).body);
    };
    assert.deepEqual(await hourly(first, noon), [
      ["11:00", 59],
      ["12:00", 119],
    ]);
    assert.deepEqual(await hourly(first + minute, noon), [["12:00", 119]]);
    assert.deepEqual(await hourly(first, noon - minute), [["11:00", 59]]);
    assert.deepEqual(
      await hourly(first, noon + hour),
      [
        ["11:00", 59],
        ["12:00", 119],
      ],
      "the last one is not over",
    );
    const filter = { measurements: ["room_occupancy"], start: "-5m" };
    assert.deepEqual(
      short((await reporting.ask("v3", { filter, window: { every: "60s", function: "median" } })).body),
      [
        ["11:57", 116],
        ["11:58", 117],
        ["11:59", 118],
        ["12:00", 119],
      ],
    );
    await reporting.clock.pass(39_000);
    assert.deepEqual(short((await reporting.ask("v3", { filter })).body).at(-1), ["12:00", 119]);
    await reporting.clock.pass(1_000);
    assert.deepEqual(short((await reporting.ask("v3", { filter })).body).at(-1), ["12:01", 120]);
  });

  test("grouped raw is values by place and time, under the name of the function", async () => {
    await reporting.keep("org_1", [
      ...room([2, 4]),
      ...room([1], "room:room_2"),
      minuteOf("traffic_occupancy", "room_1", noon - minute, 7),
      minuteOf("traffic", "sensor_d", noon - minute, 3, 1),
    ]);
    const window = { every: "60s", function: "median" };
    const presence = await reporting.ask("v3", { ...lastMinutes(2), window, group_by: { raw: true } });
    assert.deepEqual(presence.body, {
      data: {
        room_1: { "2026-06-17T11:59:00Z": { median: 2 }, "2026-06-17T12:00:00Z": { median: 4 } },
        room_2: { "2026-06-17T12:00:00Z": { median: 1 } },
      },
    });
    const traffic = lastMinutes(2, { measurements: ["traffic_room_occupancy"], calibrated: "true" });
    assert.deepEqual((await reporting.ask("v3", { ...traffic, window, group_by: { raw: true } })).body, {
      data: { room_1: { "2026-06-17T12:00:00Z": { median: 7 } } },
    });
    const passages = await reporting.ask("v3", {
      ...lastMinutes(2, { measurements: ["traffic"] }),
      window: { every: "1m", function: "sum" },
      group_by: { raw: true },
    });
    const { sensor_d } = passages.body["data"] as { sensor_d: Record<string, readonly Row[]> };
    assert.deepEqual(
      sensor_d["2026-06-17T12:00:00Z"]!.map(({ field, value }) => [field, value]),
      [
        ["in", 3],
        ["out", 1],
      ],
    );
  });

  test("grouped by keys is nested, with every statistic of the windows' values in its leaves", async () => {
    await reporting.keep("org_1", [...room([2, 4, 9]), ...room([1], "room:room_2")]);
    const { body } = await reporting.ask("v3", {
      ...lastMinutes(3),
      window: { every: "1m", function: "max" },
      group_by: { order: ["room_id", "field"] },
    });
    const one = { sum: 1, min: 1, max: 1, count: 1, mean: 1, median: 1, stddev: 0, first: 1, last: 1 };
    const three = { sum: 15, min: 2, max: 9, count: 3, mean: 5, median: 4, stddev: 2.94392, first: 2, last: 9 };
    assert.deepEqual(body, { data: { room_1: { room_occupancy: three }, room_2: { room_occupancy: one } } });
    const raw = await reporting.ask("v3", { ...lastMinutes(3), group_by: { order: ["room_id", "time"], raw: true } });
    assert.equal(rowsOf(raw.body).length, 4, "raw with an order is flat");
  });

  test("comes in pages that together are the whole", async () => {
    await reporting.keep("org_1", [...room([1, 2, 3, 4, 5]), ...room([6, 7], "room:room_2")]);
    const whole = (await reporting.ask("v3", lastMinutes(5))).body;
    const found: Row[] = [];
    for (const page of [1, 2, 3]) {
      const { body } = await reporting.ask("v3", { ...lastMinutes(5), paginate: { page, limit: 3 } });
      const count = page < 3 ? 3 : 1;
      const info = { page, page_item_count: count, total_item_count: 7, total_pages: 3 };
      assert.deepEqual(body["page_info"], info);
      found.push(...rowsOf(body));
    }
    assert.deepEqual(found, rowsOf(whole));
    const beyond = (await reporting.ask("v3", { ...lastMinutes(5), paginate: { page: 9, limit: 3 } })).body;
    assert.deepEqual(beyond["data"], []);
  });

  test("tells windows in which nothing was observed only where asked, and fills them as asked", async () => {
    await reporting.keep("org_1", [minuteOf("presence", "room:room_1", noon - 3 * minute, 4)]);
    const filter = { ...lastMinutes(4).filter, rooms: { eq: ["room_1"] } };
    const ask = async (window: object) =>
      short((await reporting.ask("v3", { filter, window: { every: "1m", ...window } })).body);
    assert.deepEqual(await ask({}), [["11:58", 4]]);
    const times = ["11:57", "11:58", "11:59", "12:00"];
    const told = (values: readonly (number | null)[]) => times.map((time, index) => [time, values[index]]);
    assert.deepEqual(await ask({ create_empty: true }), told([null, 4, null, null]));
    assert.deepEqual(await ask({ create_empty: true, function: "sum" }), told([0, 4, 0, 0]));
    assert.deepEqual(await ask({ create_empty: true, fill: { value: -1 } }), told([-1, 4, -1, -1]));
    assert.deepEqual(await ask({ create_empty: true, fill: { use_previous: true } }), told([null, 4, 4, 4]));
    assert.deepEqual(await ask({ fill: { value: 3 } }), [["11:58", 4]]);
  });

  test("counts only minutes whose value is within bounds", async () => {
    await reporting.keep("org_1", room([0, 1, 5, 9]));
    const values = async (value: object) =>
      short((await reporting.ask("v3", lastMinutes(4, { value }))).body).map(([, found]) => found);
    assert.deepEqual(await values({ gte: 0 }), [0, 1, 5, 9]);
    assert.deepEqual(await values({ gt: 0, lt: 9 }), [1, 5]);
    assert.deepEqual(await values({ gte: 1, lte: 5 }), [1, 5]);
  });

  test("counts only hours and days asked for, by the clocks of the time zone", async () => {
    // Noon in UTC is 05:00 in Los Angeles, on a Wednesday.
    await reporting.keep("org_1", room([1, 2, 3]));
    const window = { every: "1m", timezone: "America/Los_Angeles" };
    const values = async (time_constraints: object) => {
      const { body } = await reporting.ask("v3", { ...lastMinutes(3, { time_constraints }), window });
      return rowsOf(body).map(({ value }) => value);
    };
    assert.deepEqual(await values({ time_ranges: [{ start: "04:58", stop: "04:59" }] }), [2]);
    assert.deepEqual(await values({ time_ranges: [{ start: "22:00", stop: "04:58" }] }), [1]);
    assert.deepEqual(await values({ exclude_days_of_week: ["wednesday"] }), []);
    assert.deepEqual(await values({ exclude_days_of_week: ["Thursday"] }), [1, 2, 3]);
  });

  test("answers a measurement of zones by traffic with nothing", async () => {
    const { status, body } = await reporting.ask("v3", lastMinutes(3, { measurements: ["traffic_zone_occupancy"] }));
    assert.deepEqual([status, body], [200, { data: [] }]);
  });

  test("finds places by every filter, and by several only what fits all", async () => {
    await reporting.keep("org_1", [
      ...room([1]),
      ...room([2], "room:room_2"),
      ...room([3], "zone:zone_1"),
      ...room([4], "floor:space_1"),
    ]);
    const found = async (filter: object) => {
      const measurements = ["floor_occupancy", "room_occupancy", "zone_occupancy"];
      const { body } = await reporting.ask("v3", lastMinutes(1, { measurements, ...filter }));
      return rowsOf(body).map(({ value }) => value);
    };
    const eq = (...ids: readonly string[]) => ({ eq: ids });
    assert.deepEqual(await found({}), [4, 1, 2, 3]);
    assert.deepEqual(await found({ clients: eq("org_1") }), [4, 1, 2, 3]);
    assert.deepEqual(await found({ clients: eq("site_1") }), [4, 1, 2, 3]);
    assert.deepEqual(await found({ buildings: eq("building_1") }), [4, 1, 2, 3]);
    assert.deepEqual(await found({ spaces: eq("space_1") }), [4, 1, 2, 3]);
    assert.deepEqual(await found({ rooms: eq("room_1") }), [1, 3]);
    assert.deepEqual(await found({ zones: eq("zone_1") }), [3]);
    assert.deepEqual(await found({ sensors: eq("00:17:0D:00:00:00:00:01") }), [4, 1, 3]);
    assert.deepEqual(await found({ hives: eq("hive_1") }), [4, 1, 3]);
    assert.deepEqual(await found({ tags: eq("tag_1") }), [1]);
    assert.deepEqual(await found({ rooms: eq("room_1"), zones: eq("zone_1") }), [3]);
    for (const filter of ["clients", "buildings", "spaces", "rooms", "zones", "sensors", "hives", "tags"]) {
      assert.deepEqual(await found({ [filter]: eq("unknown") }), [], filter);
      assert.deepEqual(await found({ [filter]: eq() }), [], filter);
    }
  });
});

describe("who asks", () => {
  test("must have a token, and a key that may read", async () => {
    const none = await reporting.ask("v3", lastMinutes(1), "nobody");
    assert.equal(none.status, 401);
    assert.equal(none.headers["www-authenticate"], "Bearer");
    assert.deepEqual(Object.keys(none.body), ["error", "code", "details"]);
    assert.equal(none.body["code"], "UNAUTHENTICATED");
    for (const [who, status] of Object.entries({
      viewer: 200,
      manager: 200,
      ingest: 403,
      building: 403,
      tenant: 403,
    })) {
      for (const what of ["v3", "v4"] as const) {
        const body = what === "v3" ? lastMinutes(1) : { measurements: ["occupancy_avg_presence"], items: ["room_1"] };
        assert.equal((await reporting.ask(what, body, who)).status, status, `${who} ${what}`);
      }
    }
  });

  test("sees nothing of another organization, whatever it names", async () => {
    await reporting.keep("org_2", room([5], "room:xroom_1"));
    const theirs = lastMinutes(1, { rooms: { eq: ["xroom_1"] } });
    const unknown = lastMinutes(1, { rooms: { eq: ["room_9"] } });
    const seen = await reporting.ask("v3", theirs);
    assert.deepEqual([seen.status, seen.body], [200, { data: [] }]);
    assert.equal(seen.text, (await reporting.ask("v3", unknown)).text);
    assert.equal(rowsOf((await reporting.ask("v3", theirs, "foreignViewer")).body).length, 1);
    const stats = { measurements: ["occupancy_avg_presence"], items: ["xroom_1"], start: iso(noon - hour) };
    assert.deepEqual((await reporting.ask("v4", stats)).body, { data: {} });
    const named = await reporting.ask("v3", theirs, "viewer", { "belfry-organization": "org_2" });
    assert.deepEqual([named.status, named.body["code"]], [404, "NOT_FOUND"]);
    const operator = await reporting.ask("v3", theirs, "operator", { "belfry-organization": "org_2" });
    assert.equal(rowsOf(operator.body).length, 1);
    assert.equal((await reporting.ask("v3", theirs, "operator")).body["code"], "ORGANIZATION_REQUIRED");
  });
});

describe("statistics", () => {
  const week = { start: "2026-06-10T12:00:00Z", stop: "2026-06-17T12:00:00Z" };

  test("are those of a space's minutes, with the number asked for beside the usual ones", async () => {
    await reporting.keep("org_1", [
      ...room([0, 0, 2, 4]),
      minuteOf("traffic_occupancy", "room_1", noon - minute, 10),
      ...room([1], "zone:zone_1"),
    ]);
    const { status, body } = await reporting.ask("v4", {
      measurements: ["occupancy_avg_presence", "occupancy_used_avg_presence", "occupancy_median_traffic"],
      items: ["room_1", "zone_1", "room_2", "unknown"],
      ...week,
    });
    assert.equal(status, 200);
    assert.deepEqual(body, {
      data: {
        room_1: {
          count: 4,
          first: 0,
          last: 4,
          max: 4,
          mean: 1.5,
          median: 1,
          min: 0,
          stdev: 1.658312,
          sum: 6,
          occupancy_avg_presence: 1.5,
          occupancy_used_avg_presence: 3,
          occupancy_median_traffic: 10,
        },
        zone_1: {
          count: 1,
          first: 1,
          last: 1,
          max: 1,
          mean: 1,
          median: 1,
          min: 1,
          stdev: 0,
          sum: 1,
          occupancy_avg_presence: 1,
          occupancy_used_avg_presence: 1,
          occupancy_median_traffic: null,
        },
      },
    });
  });

  test("leave out hours and days by the clocks of the space's site", async () => {
    await reporting.keep("org_1", room([1, 2, 3]));
    const mean = async (filters: object) => {
      const request = { measurements: ["occupancy_avg_presence"], items: ["room_1"], ...week, filters };
      const { data } = (await reporting.ask("v4", request)).body as { data: { room_1?: { mean: number } } };
      return data.room_1?.mean;
    };
    assert.equal(await mean({}), 2);
    assert.equal(await mean({ time_ranges: [{ start: "04:57", stop: "04:59" }] }), 1.5);
    assert.equal(await mean({ time_ranges: [], exclude_days_of_week: ["wednesday"] }), undefined);
  });

  test("are of the last seven days where no time is named", async () => {
    await reporting.keep("org_1", [
      minuteOf("presence", "room:room_1", noon - 7 * 24 * hour, 9),
      minuteOf("presence", "room:room_1", noon - 7 * 24 * hour + minute, 3),
    ]);
    const { body } = await reporting.ask("v4", { measurements: ["occupancy_avg_presence"], items: ["room_1"] });
    assert.equal((body["data"] as { room_1: { count: number } }).room_1.count, 1, iso(now));
  });
});

describe("a request that cannot be answered", () => {
  const good = lastMinutes(1);
  const faults: readonly (readonly [name: string, body: unknown, path: string, message: RegExp])[] = [
    ["no object", [], "", /^The body must be a JSON object/],
    ["no filter", {}, "filter", /is missing/],
    ["no measurements", { filter: { start: "-1h" } }, "filter.measurements", /is missing/],
    [
      "none of them",
      { filter: { measurements: [], start: "-1h" } },
      "filter.measurements",
      /at least one of floor_occ/,
    ],
    ["an unknown one", lastMinutes(1, { measurements: ["noise"] }), "filter.measurements[0]", /must be one of floor_/],
    ["no start", { filter: { measurements: ["traffic"] } }, "filter.start", /is missing/],
    ["a time without a zone", lastMinutes(1, { start: "2026-06-17T10:00:00" }), "filter.start", /a time with a zone/],
    [
      "times in the wrong order",
      lastMinutes(1, { start: "now", stop: "-1h" }),
      "filter.start",
      /not be later than stop/,
    ],
    [
      "an unknown filter",
      lastMinutes(1, { desks: { eq: [] } }),
      "filter.desks",
      /is not known here. Known are measure/,
    ],
    ["another comparison", lastMinutes(1, { rooms: { ne: ["room_1"] } }), "filter.rooms.ne", /Known are eq/],
    ["ids that are no texts", lastMinutes(1, { rooms: { eq: [1] } }), "filter.rooms.eq[0]", /must be a text/],
    ["a bound that is no number", lastMinutes(1, { value: { gte: "0" } }), "filter.value.gte", /must be a number/],
    ["no length of windows", { ...good, window: { function: "sum" } }, "window.every", /is missing/],
    ["seconds", { ...good, window: { every: "30s" } }, "window.every", /from 1m to 1w/],
    ["more than a week", { ...good, window: { every: "8d" } }, "window.every", /from 1m to 1w/],
    ["a month", { ...good, window: { every: "1mo" } }, "window.every", /from 1m to 1w/],
    ["an unknown function", { ...good, window: { every: "1h", function: "mode" } }, "window.function", /one of median/],
    ["an unknown time zone", { ...good, window: { every: "1h", timezone: "Mars" } }, "window.timezone", /IANA/],
    ["csv", { ...good, options: { format: "csv" } }, "options.format", /must be one of json/],
    ["an unknown key", { ...good, group_by: { order: ["desk"] } }, "group_by.order[0]", /must be one of time/],
    ["page nought", { ...good, paginate: { page: 0, limit: 5 } }, "paginate.page", /whole number from 1/],
    ["pages of groups", { ...good, group_by: { raw: true }, paginate: { page: 1, limit: 5 } }, "paginate", /flat rows/],
    [
      "two values of one room",
      { ...lastMinutes(1, { measurements: ["room_occupancy", "traffic_room_occupancy"] }), group_by: { raw: true } },
      "filter.measurements",
      /two of the same spaces/,
    ],
  ];
  for (const [name, body, path, message] of faults) {
    test(`with ${name} is refused with 400, the place and what to do`, async () => {
      const answer = await reporting.ask("v3", body);
      assert.deepEqual([answer.status, answer.body["code"]], [400, "INVALID_REQUEST"]);
      const details = answer.body["details"] as readonly { path: string }[];
      assert.ok(
        details.some((detail) => detail.path === path),
        answer.text,
      );
      assert.match(answer.body["error"] as string, message);
    });
  }

  test("names all its faults at once", async () => {
    const { body } = await reporting.ask("v3", { filter: { measurements: ["x"], start: 1 }, window: { every: "x" } });
    assert.deepEqual(
      (body["details"] as readonly { path: string }[]).map(({ path }) => path),
      ["filter.measurements[0]", "filter.start", "window.every"],
    );
  });

  test("is refused as well where the body is no JSON, or too large a report", async () => {
    const unreadable = await reporting.ask("v3", "{");
    assert.deepEqual([unreadable.status, unreadable.body["code"]], [400, "UNREADABLE_BODY"]);
    const long = await reporting.ask("v3", {
      filter: { measurements: ["room_occupancy"], start: "1990-01-01T00:00:00Z" },
    });
    assert.equal(long.status, 400);
    assert.match(long.body["error"] as string, /at most 10000000 are read. Name fewer places, a shorter time/);
    const start = iso(noon - 20_000 * minute);
    const empty = { filter: { ...lastMinutes(1).filter, start }, window: { every: "1m", create_empty: true } };
    const many = await reporting.ask("v3", empty);
    assert.match(many.body["error"] as string, /more than 25000 values.*ask for pages with paginate/);
    const paged = await reporting.ask("v3", { ...empty, paginate: { page: 400, limit: 100 } });
    assert.deepEqual([paged.status, rowsOf(paged.body).length], [200, 100]);
    const longer = { ...empty.filter, start: iso(noon - 30_000 * minute) };
    const manyPages = await reporting.ask("v3", { ...empty, filter: longer, paginate: { page: 1, limit: 1 } });
    assert.equal(manyPages.status, 400);
    assert.match(manyPages.body["error"] as string, /more than 50000 values. Name fewer places.*windows\.$/);
  });

  test("of statistics is refused where it names too many items, or reads too many minutes", async () => {
    const ask = (count: number, start: string) => {
      const items = Array.from({ length: count }, (_, index) => `room_${index}`);
      return reporting.ask("v4", { measurements: ["occupancy_avg_presence"], items, start, stop: iso(noon) });
    };
    assert.equal((await ask(1_000, "-1h")).status, 200);
    const many = await ask(1_001, "-1h");
    assert.deepEqual([many.status, many.body["error"]], [400, "items must be a list of at most 1000 entries."]);
    const long = await ask(1_000, iso(noon - 10_001 * minute));
    assert.equal(long.status, 400);
    assert.match(long.body["error"] as string, /^At most 10000000 minutes are read\. Name fewer items/);
  });

  test("of statistics is refused in the same form", async () => {
    const { status, body } = await reporting.ask("v4", { measurements: ["room_occupancy"], items: "room_1", desk: 1 });
    assert.equal(status, 400);
    assert.deepEqual(
      (body["details"] as readonly { path: string }[]).map(({ path }) => path),
      ["desk", "measurements[0]", "items"],
    );
  });
});
