// How hours of minutes are stored: everything comes back, in few bytes, and bytes of earlier releases stay readable.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { type Minute, minuteMs } from "../../src/model/minute.ts";
import { decodeHour, encodeHour, replaceMinutes } from "../../src/store/minute-hours.ts";

const hour = Date.UTC(2026, 2, 4, 9);

const still = (index: number, change: Partial<Minute> = {}): Minute => ({
  at: hour + index * minuteMs,
  value: 0,
  out: 0,
  min: 0,
  max: 0,
  mean: 0,
  observedS: 60,
  revision: 0,
  ...change,
});
const range = (from: number, until: number) => Array.from({ length: until - from }, (_, index) => from + index);
const hex = (minutes: readonly Minute[]) => Buffer.from(encodeHour(hour, minutes)).toString("hex");

/** Small numbers are likely, so that runs come about; large ones are possible. */
const count = fc.oneof({ weight: 4, arbitrary: fc.nat(2) }, fc.nat(2 ** 31 - 1));
const hundredths = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0, 100, 133) }, fc.nat(1_000_000));
const minuteOf = (index: number): fc.Arbitrary<Minute> =>
  fc.record(
    {
      at: fc.constant(hour + index * minuteMs),
      value: count,
      out: fc.oneof(fc.constant(0), count),
      min: count,
      max: count,
      mean: hundredths.map((each) => each / 100),
      observedS: fc.oneof(fc.constant(60), fc.nat(60)),
      revision: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(300)),
    },
    { noNullPrototype: true },
  );
const anyMinute = fc.nat(59).chain(minuteOf);
/** Minutes of an hour, of which each repeats the one before it with a probability of a half. */
const anyHour = fc
  .tuple(fc.uniqueArray(fc.nat(59)), fc.array(fc.tuple(fc.boolean(), anyMinute), { minLength: 60, maxLength: 60 }))
  .map(([indexes, values]) => {
    let last = values[0]![1];
    return indexes
      .toSorted((a, b) => a - b)
      .map((index) => {
        const [fresh, value] = values[index]!;
        if (fresh) last = value;
        return { ...last, at: hour + index * minuteMs };
      });
  });

test("every hour comes back as it was written", () => {
  fc.assert(
    fc.property(anyHour, (minutes) => {
      assert.deepEqual(decodeHour(hour, encodeHour(hour, minutes)), minutes);
    }),
    { numRuns: 500 },
  );
});

test("in whatever order and portions minutes are written, the last one written of each is kept", () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyMinute, { maxLength: 5 }), { maxLength: 12 }), (portions) => {
      const expected = new Map<number, Minute>();
      let stored = encodeHour(hour, []);
      for (const portion of portions) {
        for (const minute of portion) expected.set(minute.at, minute);
        stored = encodeHour(hour, replaceMinutes(decodeHour(hour, stored), portion));
      }
      const kept = [...expected.values()].toSorted((a, b) => a.at - b.at);
      assert.deepEqual(decodeHour(hour, stored), kept);
    }),
  );
});

test("equal minutes in a row are one run, whether they were written together or one by one", () => {
  fc.assert(
    fc.property(anyHour, (minutes) => {
      let kept: readonly Minute[] = [];
      for (const minute of minutes) kept = replaceMinutes(kept, [minute]);
      assert.equal(hex(kept), hex(minutes));
    }),
  );
});

test("the bytes of version 1 never change", () => {
  const examples: readonly (readonly [bytes: string, minutes: readonly Minute[]])[] = [
    ["01", []],
    // A head of two bytes for 60 minutes, and nobody there.
    ["01 e10e 00", range(0, 60).map((index) => still(index))],
    ["01 61 00", range(0, 4).map((index) => still(index))],
    // 3 minutes skipped; 4 people, at least 1 less, at most 2 more, a quarter more on average.
    ["01 10 03 04 02 04 32", [still(3, { value: 4, min: 3, max: 6, mean: 4.25 })]],
    ["01 10 3b 01 01 02 64", [still(59, { value: 1, min: 2, max: 2, mean: 1.5 })]],
    [
      "01 21 00 1e 03 ac02 02 d804 d704 dfd403 11 02 01 00",
      [still(0), still(1), still(5, { value: 300, out: 2, observedS: 17, revision: 2 }), still(6)],
    ],
  ];
  for (const [bytes, minutes] of examples) {
    assert.equal(hex(minutes), bytes.replaceAll(" ", ""));
    assert.deepEqual(decodeHour(hour, Buffer.from(bytes.replaceAll(" ", ""), "hex")), minutes);
  }
});

test("bytes that cannot be an hour are refused, and never taken for minutes", () => {
  const decode = (bytes: string) => () => decodeHour(hour, Buffer.from(bytes, "hex"));
  assert.throws(decode(""), /version undefined/);
  assert.throws(decode("02e10e00"), /version 2, this Belfry reads version 1/);
  assert.throws(decode("01e10e"), /ends within a number/);
  assert.throws(decode("01e1"), /ends within a number/);
  assert.throws(decode("01f10e0100"), /more than 60/);
});

test("minutes that have no place in the hour, and numbers that no minute has, are refused", () => {
  const refused = (...minutes: Minute[]) => assert.throws(() => encodeHour(hour, minutes), RangeError);
  refused(still(60));
  refused(still(-1));
  refused(still(59), still(60));
  refused(still(1), still(0));
  refused(still(1), still(1));
  refused({ ...still(1), at: hour + 1 });
  for (const name of ["value", "out", "min", "max", "observedS", "revision"] as const) {
    for (const wrong of [-1, 0.5, Number.NaN, Infinity, 2 ** 31]) refused(still(0, { [name]: wrong }));
  }
  for (const wrong of [-0.01, 0.005, Number.NaN, Infinity, 2 ** 32]) refused(still(0, { mean: wrong }));
  refused(still(0, { observedS: 61 }));
});

test("a day of an office room takes a few kilobytes, an empty one a hundred bytes", () => {
  const hourOf = (each: (index: number) => Minute) => encodeHour(hour, range(0, 60).map(each)).length;
  const empty = hourOf((index) => still(index));
  const changing = hourOf((index) =>
    still(index, { value: 4 + (index % 2), min: 3, max: 6, mean: 4 + (index % 50) / 100 }),
  );
  assert.deepEqual({ empty: 24 * empty, office: 14 * empty + 10 * changing }, { empty: 96, office: 3_296 });
});
