import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { clockOf } from "../../src/model/time-zone.ts";
import { shownAt } from "../dialects/butlr/reporting/plain-windows.ts";

const hour = 3_600_000;
const zones = ["Europe/Berlin", "America/Los_Angeles", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC"];

describe("the clocks of a time zone", () => {
  test("show what Intl says, at any minute", () => {
    const anyMinute = fc.integer({ min: 0, max: Date.UTC(2037, 0, 1) / 60_000 });
    fc.assert(
      fc.property(fc.constantFrom(...zones), anyMinute, (zone, minute) => {
        const at = minute * 60_000;
        assert.equal(at + clockOf(zone).offsetAt(at), shownAt(at, zone));
      }),
      { numRuns: 500 },
    );
  });

  test("change at the minute at which they are put forward and back", () => {
    const clock = clockOf("Europe/Berlin");
    const [forward, back] = [Date.parse("2026-03-29T01:00Z"), Date.parse("2026-10-25T01:00Z")];
    assert.deepEqual([clock.offsetAt(forward - 1), clock.offsetAt(forward)], [hour, 2 * hour]);
    assert.deepEqual([clock.offsetAt(back - 1), clock.offsetAt(back)], [2 * hour, hour]);
    assert.deepEqual(clock.changeWithin(forward - 1, forward), { at: forward, before: hour, after: 2 * hour });
    assert.deepEqual(clock.changeWithin(forward, back), { at: back, before: 2 * hour, after: hour });
    assert.equal(clock.changeWithin(forward, forward + hour), null);
    assert.equal(clock.changeWithin(forward - hour, forward - 1), null);
  });

  test("change at midnight of UTC, too", () => {
    const clock = clockOf("Africa/Casablanca");
    const at = Date.parse("2008-06-01T00:00Z");
    assert.deepEqual([clock.offsetAt(at - 1), clock.offsetAt(at)], [0, hour]);
    assert.deepEqual(clock.changeWithin(at - 1, at), { at, before: 0, after: hour });
    assert.equal(clock.changeWithin(at, at + hour), null);
  });

  test("are unknown for a name that is no time zone", () => {
    assert.throws(() => clockOf("Mars/Olympus"), RangeError);
  });
});
