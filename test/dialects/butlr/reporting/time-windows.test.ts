import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { windowGrid } from "../../../../src/dialects/butlr/reporting/time-windows.ts";
import { day, hour, minute, plainWindows } from "./plain-windows.ts";

/** Around both changes of the clocks, with a week on either side. */
const changes: Readonly<Record<string, readonly string[]>> = {
  "Europe/Berlin": ["2026-03-29T01:00Z", "2026-10-25T01:00Z"],
  "America/Los_Angeles": ["2026-03-08T10:00Z", "2026-11-01T09:00Z"],
  // By half an hour.
  "Australia/Lord_Howe": ["2026-04-04T15:00Z", "2026-10-03T15:30Z"],
  // At midnight, forward over it and back to the day before.
  "America/Asuncion": ["2023-10-01T04:00Z", "2024-03-24T03:00Z"],
  "America/Havana": ["2026-03-08T05:00Z", "2026-11-01T05:00Z"],
  // A minute after midnight, back to the day before.
  "America/St_Johns": ["2010-03-14T03:31Z", "2010-11-07T02:31Z"],
  // A whole day was left out.
  "Pacific/Apia": ["2011-12-30T10:00Z"],
  "Asia/Kathmandu": ["2026-05-01T00:00Z"],
  UTC: ["2026-05-01T00:00Z"],
};

const lengths = {
  "1m": minute,
  "7m": 7 * minute,
  "30m": 30 * minute,
  "1h": hour,
  "2h": 2 * hour,
  "5h": 5 * hour,
  "6h": 6 * hour,
  "1d": day,
  "3d": 3 * day,
  "1w": 7 * day,
};

const iso = (at: number): string => new Date(at).toISOString().slice(0, 16);

describe("windows", () => {
  for (const [timeZone, moments] of Object.entries(changes)) {
    test(`of every length hold the minutes that plain counting gives them, in ${timeZone}`, () => {
      for (const moment of moments) {
        const at = Date.parse(moment);
        for (const [name, every] of Object.entries(lengths)) {
          const reach = Math.min(Math.max(3 * every, 2 * day), 16 * day);
          const grid = windowGrid(every, timeZone);
          const windows = plainWindows(every, timeZone, at - reach, at + reach);
          assert.ok(windows.length > 0, `${name} ${moment}`);
          for (const { start, stop } of windows) {
            for (const inside of [start, start + minute - 1, (start + stop) / 2, stop - 1]) {
              const found = grid(inside);
              const about = `${name} at ${iso(inside)}`;
              assert.deepEqual([iso(found.start), iso(found.stop)], [iso(start), iso(stop)], about);
            }
          }
        }
      }
    });
  }

  test("of an hour are two where the clocks show it twice, and none where they leave it out", () => {
    const grid = windowGrid(hour, "Europe/Berlin");
    const back = Date.parse("2026-10-25T00:30Z");
    assert.deepEqual(grid(back), { start: Date.parse("2026-10-25T00:00Z"), stop: Date.parse("2026-10-25T01:00Z") });
    assert.deepEqual(grid(back + hour), {
      start: Date.parse("2026-10-25T01:00Z"),
      stop: Date.parse("2026-10-25T02:00Z"),
    });
  });

  test("of a day have 23, 24 and 25 hours", () => {
    const grid = windowGrid(day, "America/Los_Angeles");
    const hours = (at: string): number => {
      const { start, stop } = grid(Date.parse(at));
      return (stop - start) / hour;
    };
    assert.deepEqual(
      [hours("2026-03-08T12:00Z"), hours("2026-06-01T12:00Z"), hours("2026-11-01T12:00Z")],
      [23, 24, 25],
    );
  });

  test("of a week begin on Monday at midnight", () => {
    const { start, stop } = windowGrid(7 * day, "Europe/Berlin")(Date.parse("2026-06-17T10:00Z"));
    assert.deepEqual([iso(start), iso(stop)], ["2026-06-14T22:00", "2026-06-21T22:00"]);
  });

  test("are moved by an offset", () => {
    const { start, stop } = windowGrid(day, "Europe/Berlin", 6 * hour)(Date.parse("2026-06-17T03:00Z"));
    assert.deepEqual([iso(start), iso(stop)], ["2026-06-16T04:00", "2026-06-17T04:00"]);
  });

  test("need a time zone that exists", () => {
    assert.throws(() => windowGrid(hour, "Mars/Olympus"), RangeError);
  });
});
