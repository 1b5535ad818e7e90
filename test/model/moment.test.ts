import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { readTime, secondText } from "../../src/model/moment.ts";

const noon = Date.parse("2026-06-17T12:00:00Z");

test("every spelling of one moment is the same moment", () => {
  for (const text of [
    "2026-06-17T12:00:00Z",
    "2026-06-17t12:00:00z",
    "2026-06-17 12:00:00Z",
    "2026-06-17T12:00Z",
    "2026-06-17T12:00:00.000Z",
    "2026-06-17T12:00:00,000999999Z",
    "2026-06-17T14:00:00+02:00",
    "2026-06-17T14:00:00+0200",
    "2026-06-17T14:00:00+02",
    "2026-06-17T08:30:00-03:30",
    "2026-06-17T11:59:60Z",
  ]) {
    assert.equal(readTime(text), noon, text);
  }
  assert.equal(readTime(noon), noon);
});

test("fractions of a second are cut to the millisecond", () => {
  assert.equal(readTime("2026-06-17T12:00:00.1Z"), noon + 100);
  assert.equal(readTime("2026-06-17T12:00:00.0019Z"), noon + 1);
});

test("a time without a zone, a time in seconds and days that do not exist are refused with a sentence", () => {
  const refused: readonly (readonly [unknown, RegExp])[] = [
    ["2026-06-17T12:00:00", /ISO 8601 time with a zone/],
    ["2026-06-17", /ISO 8601 time with a zone/],
    ["yesterday", /ISO 8601 time with a zone/],
    [`${noon}`, /ISO 8601 time with a zone/],
    ["2026-02-29T12:00:00Z", /does not exist/],
    ["2026-13-01T12:00:00Z", /does not exist/],
    ["2026-06-17T24:00:00Z", /does not exist/],
    ["2026-06-17T12:60:00Z", /does not exist/],
    ["2026-06-17T12:00:61Z", /does not exist/],
    ["2026-06-17T12:00:00+14:01", /does not exist/],
    ["2026-06-17T12:00:00+01:60", /does not exist/],
    ["1969-12-31T23:59:59Z", /before 1970/],
    [noon / 1000, /looks like seconds/],
    [1e9, /looks like seconds/],
    [5e9 - 1, /looks like seconds/],
    [-1, /whole number of milliseconds/],
    [0.5, /whole number of milliseconds/],
    [8_640_000_000_000_001, /whole number of milliseconds/],
    [null, /epoch milliseconds or an ISO 8601 time/],
    [undefined, /epoch milliseconds or an ISO 8601 time/],
    [{}, /epoch milliseconds or an ISO 8601 time/],
  ];
  for (const [value, sentence] of refused) {
    assert.match(String(readTime(value)), sentence, String(value));
  }
});

test("numbers around the seconds of our time are milliseconds", () => {
  assert.deepEqual([0, 1e9 - 1, 5e9, 8_640_000_000_000_000].map(readTime), [0, 1e9 - 1, 5e9, 8_640_000_000_000_000]);
});

test("what an answer shows is read back as the same moment", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (at) => {
      assert.equal(readTime(new Date(at).toISOString()), at);
      assert.equal(readTime(secondText(at)), at - (at % 1000));
    }),
    { examples: [[0], [951_782_400_000], [253_402_300_799_999]] },
  );
});
