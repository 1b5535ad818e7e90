// Whatever minutes there are, and whatever is asked of them: the answer is what a plain reckoning gives.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../fixtures/properties.ts";
import type { TimeWindow } from "../../../../src/dialects/butlr/reporting/time-windows.ts";
import { isOnPostgres } from "../../../fixtures/test-store.ts";
import { minuteOf, model, openReporting } from "./harness.ts";
import { type PlainMinute, type PlainSeries, plainFunctions, plainGroups, plainRows } from "./plain-report.ts";
import { day, hour, minute, plainWindows } from "./plain-windows.ts";

/** Each with both of its changes. */
const changes = {
  "Europe/Berlin": ["2026-03-29T01:00Z", "2026-10-25T01:00Z"],
  "America/Los_Angeles": ["2026-03-08T10:00Z", "2026-11-01T09:00Z"],
  "Australia/Lord_Howe": ["2026-04-04T15:00Z", "2026-10-03T15:30Z"],
} as const;

const lengths = {
  "1m": minute,
  "15m": 15 * minute,
  "1h": hour,
  "2h": 2 * hour,
  "6h": 6 * hour,
  "1d": day,
  "1w": 7 * day,
};
type Length = keyof typeof lengths;

const cases = Object.entries(changes).flatMap(([timeZone, moments]) =>
  moments.map((moment) => ({ timeZone, change: Date.parse(moment) })),
);

const windowsAround = (() => {
  const known = new Map<string, readonly TimeWindow[]>();
  return (timeZone: string, change: number, every: Length): readonly TimeWindow[] => {
    const key = `${timeZone} ${change} ${every}`;
    const reach = every === "1w" ? 16 * day : 3 * day;
    const windows = known.get(key) ?? plainWindows(lengths[every], timeZone, change - reach, change + reach);
    known.set(key, windows);
    return windows;
  };
})();

const anyMinutes = (reach: number): fc.Arbitrary<readonly PlainMinute[]> =>
  fc
    .uniqueArray(
      fc.record({
        at: fc.integer({ min: -reach / minute, max: reach / minute - 1 }),
        value: fc.nat(9),
        out: fc.nat(4),
      }),
      { selector: ({ at }) => at, maxLength: 60 },
    )
    .map((minutes) => minutes.toSorted((a, b) => a.at - b.at));

const anyRequest = fc
  .record({
    where: fc.constantFrom(...cases),
    every: fc.constantFrom(...(Object.keys(lengths) as Length[])),
    name: fc.constantFrom(...Object.keys(plainFunctions)),
    measurement: fc.constantFrom("room_occupancy", "traffic", "traffic_room_occupancy"),
    least: fc.option(fc.nat(3)),
    withEmpty: fc.boolean(),
    /** Where it begins and ends, in parts of what is kept. */
    part: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
    /** ms beside whole minutes. */
    beside: fc.tuple(fc.constantFrom(0, 1, 59_999), fc.constantFrom(0, 1, 59_999)),
    page: fc.option(fc.record({ page: fc.integer({ min: 1, max: 4 }), limit: fc.integer({ min: 1, max: 30 }) })),
    order: fc.constantFrom(["room_id"], ["sensor_id", "field"], ["field", "time"], ["time", "room_id", "mac_address"]),
    form: fc.constantFrom("flat", "grouped", "raw"),
  })
  .chain((request) => {
    const reach = request.every === "1w" ? 14 * day : request.every === "1m" ? 3 * hour : 2 * day;
    return fc.record({
      request: fc.constant({ ...request, reach }),
      one: anyMinutes(reach),
      two: anyMinutes(reach),
    });
  });

const room = (id: string, minutes: readonly PlainMinute[], name: string): PlainSeries => ({
  columns: { room_id: id, sensor_id: "", mac_address: "" },
  minutes,
  fields: [[name, ({ value }) => value]],
});

const door = (id: string, room_id: string, mac_address: string, minutes: readonly PlainMinute[]): PlainSeries => ({
  columns: { sensor_id: id, room_id, mac_address },
  minutes,
  fields: [
    ["in", ({ value }) => value],
    ["out", ({ out }) => out],
  ],
});

test("a report over any minutes is what plain reckoning gives: windows, functions, groups and pages", async () => {
  await fc.assert(
    fc.asyncProperty(anyRequest, async ({ request, one, two }) => {
      const { where, every, name, measurement, least, withEmpty, part, beside, page, order, form, reach } = request;
      const { timeZone, change } = where;
      const [early, late] = part.map((share) => Math.floor((share * 2 - 1) * (reach / minute)) * minute + change) as [
        number,
        number,
      ];
      const [start, stop] = [Math.min(early, late) + beside[0], Math.max(early, late) + minute + beside[1]];
      const placed = (minutes: readonly PlainMinute[]) =>
        minutes.map((each) => ({ ...each, at: change + each.at * minute }));
      const [first, second] = [placed(one), placed(two)];
      const isTraffic = measurement === "traffic";
      const series = isTraffic
        ? [
            door("sensor_d", "", "00-17-0d-00-00-00-00-02", first),
            door("sensor_r", "room_2", "00-17-0d-00-00-00-00-03", second),
          ]
        : [room("room_1", first, measurement), room("room_2", second, measurement)];

      const reporting = await openReporting(change + 20 * day);
      try {
        await reporting.put(model());
        const subjects = isTraffic
          ? ["sensor_d", "sensor_r"]
          : measurement === "room_occupancy"
            ? ["room:room_1", "room:room_2"]
            : ["room_1", "room_2"];
        const kind = isTraffic ? "traffic" : measurement === "room_occupancy" ? "presence" : "traffic_occupancy";
        for (const [index, minutes] of [first, second].entries()) {
          await reporting.keep(
            "org_1",
            minutes.map(({ at, value, out }) => minuteOf(kind, subjects[index]!, at, value, isTraffic ? out : 0)),
          );
        }
        const { status, body } = await reporting.ask("v3", {
          filter: {
            measurements: [measurement],
            start: new Date(start).toISOString(),
            stop: new Date(stop).toISOString(),
            ...(least !== null && { value: { gte: least } }),
          },
          window: { every, function: name, timezone: timeZone, create_empty: withEmpty },
          ...(form === "grouped" && { group_by: { order } }),
          ...(form === "raw" && { group_by: { raw: true } }),
          ...(form === "flat" && page !== null && { paginate: page }),
        });
        assert.equal(status, 200, JSON.stringify(body));
        const windows = windowsAround(timeZone, change, every);
        const rows = plainRows(series, { windows, start, stop, name, least, withEmpty });
        const told = ({ columns, field, time, value }: (typeof rows)[number]) => [
          columns["sensor_id"],
          columns["room_id"],
          field,
          time,
          value,
        ];
        const got = (row: Record<string, unknown>) => [
          row["sensor_id"],
          row["room_id"],
          row["field"],
          row["time"],
          row["value"],
        ];
        if (form === "flat") {
          const wanted = page === null ? rows : rows.slice((page.page - 1) * page.limit, page.page * page.limit);
          assert.deepEqual((body["data"] as Record<string, unknown>[]).map(got), wanted.map(told));
          if (page !== null)
            assert.equal((body["page_info"] as { total_item_count: number }).total_item_count, rows.length);
        } else if (form === "grouped") {
          assert.deepEqual(withoutDeviation(body["data"]), plainGroups(rows, order));
        } else if (isTraffic) {
          const data = body["data"] as Record<string, Record<string, Record<string, unknown>[]>>;
          const values = Object.entries(data).flatMap(([id, times]) =>
            Object.entries(times).flatMap(([time, inner]) => inner.map((row) => [id, time, ...got(row)])),
          );
          const wanted = rows.map((row) => [row.columns["sensor_id"], row.time, ...told(row)]);
          assert.deepEqual(values.toSorted(), wanted.toSorted());
        } else {
          const values = Object.entries(
            body["data"] as Record<string, Record<string, Record<string, unknown>>>,
          ).flatMap(([id, times]) => Object.entries(times).map(([time, leaf]) => [id, time, leaf[name]]));
          const wanted = rows.map(({ columns, time, value }) => [columns["room_id"], time, value]);
          assert.deepEqual(values.toSorted(), wanted.toSorted());
        }
      } finally {
        await reporting.close();
      }
    }),
    // Each run has a database of its own, which takes PostgreSQL long.
    { numRuns: isOnPostgres ? 20 : 150 },
  );
});

/** Deviations are rounded roots: the plain reckoning leaves them out. */
function withoutDeviation(group: unknown): unknown {
  if (typeof group !== "object" || group === null) return group;
  const entries = Object.entries(group).filter(([key]) => key !== "stddev");
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutDeviation(inner)]));
}
