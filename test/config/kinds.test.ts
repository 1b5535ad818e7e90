import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { duration, durations, list, oneOf, patience, size, truth, whole } from "../../src/config/kinds.ts";
import { readDuration, readSize } from "../../src/quantity.ts";

test("times and sizes are read in the units that people write", () => {
  const times = { "500ms": 500, "90s": 90_000, "5m": 300_000, "2h": 7_200_000, "7d": 604_800_000, "0s": 0 };
  for (const [text, ms] of Object.entries(times)) assert.equal(readDuration(text), ms, text);
  const sizes = { "10B": 10, "1KiB": 1024, "64MiB": 67_108_864, "2GiB": 2_147_483_648 };
  for (const [text, bytes] of Object.entries(sizes)) assert.equal(readSize(text), bytes, text);
});

test("a number without a unit, with another one, a sign, a space or a fraction is no time and no size", () => {
  for (const text of ["", "7", "s", "7D", "7 d", " 7d", "-7d", "1.5h", "1h30m", "7d\n", "5min", "1e3s", "7toString"])
    assert.equal(readDuration(text), null, text);
  for (const text of ["64", "64MB", "64M", "64mib", "-1B", "1.5MiB", "1s"]) assert.equal(readSize(text), null, text);
});

test("a number with a unit is as many times the unit", () => {
  const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  fc.assert(
    fc.property(fc.nat(999_999_999), fc.constantFrom(...Object.keys(units)), (number, unit) => {
      assert.equal(readDuration(`${number}${unit}`), number * units[unit as keyof typeof units]);
    }),
  );
});

test("both bounds belong to what may be set, and nothing beyond them", () => {
  const hours = duration("1h", "2h");
  assert.deepEqual(["59m", "1h", "120m", "121m"].map(hours.read), [null, 3_600_000, 7_200_000, null]);
  const kibibytes = size("1KiB", "2KiB");
  assert.deepEqual(["1023B", "1KiB", "2048B", "2049B"].map(kibibytes.read), [null, 1024, 2048, null]);
  const few = whole(2, 4);
  assert.deepEqual(["1", "2", "4", "5", "3.0", "+3", ""].map(few.read), [null, 2, 4, null, null, null, null]);
  assert.equal(hours.must, "must be a time from 1h to 2h in ms, s, m, h or d, such as 90s");
});

test("a patience is a time, or 0 for never", () => {
  const days = patience("1m", "9d");
  assert.deepEqual(["0", "1m", "5d"].map(days.read), [0, 60_000, 432_000_000]);
  for (const text of ["0s", "59s", "10d", "5", "never", ""]) assert.equal(days.read(text), null, text);
});

test("a list of times is none, or each of them within the bounds and not too many", () => {
  const delays = durations("1s", "1h", 3);
  assert.deepEqual(delays.read("5s, 5m"), [5_000, 300_000]);
  assert.deepEqual(delays.read("none"), []);
  for (const text of ["", ",", "5s,none", "5s,2h", "5s,5", "1s,1s,1s,1s"]) assert.equal(delays.read(text), null, text);
});

test("lists may have spaces and empty parts; words are taken as they are written", () => {
  assert.deepEqual(list("x").read(" a ,,b "), ["a", "b"]);
  assert.deepEqual(list("x").read(""), []);
  assert.deepEqual(["true", "1", "false", "0", "yes", "TRUE", "constructor"].map(truth.read), [
    true,
    true,
    false,
    false,
    null,
    null,
    null,
  ]);
  assert.deepEqual(["a", "b", "c"].map(oneOf("x", ["a", "b"]).read), ["a", "b", null]);
});
