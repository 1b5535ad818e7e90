// Ranges of numbers beside plain sets of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { skippedBy } from "../../receiver/src/numbers.ts";
import { below, type NumberRanges, rangesText, withNumbers, withoutNumbers } from "../../src/model/number-ranges.ts";

const range = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 6 }))
  .map(([from, more]) => ({ from, to: from + more }));
const numbersOf = (ranges: NumberRanges): number[] =>
  ranges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
const sorted = (numbers: Iterable<number>): number[] => [...numbers].toSorted((a, b) => a - b);

test("numbers are put together, taken away and cut as sets of them are, and ranges stay apart and in order", () => {
  fc.assert(
    fc.property(fc.array(range), fc.array(range), fc.integer({ min: 1, max: 50 }), (some, others, number) => {
      const ranges = withNumbers(withNumbers([], some, 100), others, 100);
      const all = new Set([...numbersOf(some), ...numbersOf(others)]);
      assert.deepEqual(numbersOf(ranges), sorted(all));
      for (const [index, { from }] of ranges.entries()) assert.ok(index === 0 || from > ranges[index - 1]!.to + 1);
      assert.deepEqual(
        numbersOf(below(ranges, number)),
        sorted(all).filter((each) => each < number),
      );
      const taken = new Set(numbersOf(others));
      assert.deepEqual(
        numbersOf(withoutNumbers(ranges, others)),
        sorted(all).filter((each) => !taken.has(each)),
      );
      assert.deepEqual(skippedBy({ "belfry-sequence-skipped": rangesText(ranges) }), ranges, "the receiver reads it");
    }),
  );
});

test("the lowest ranges give way", () => {
  const ranges = withNumbers(
    [{ from: 1, to: 2 }],
    [
      { from: 9, to: 9 },
      { from: 6, to: 7 },
      { from: 8, to: 8 },
    ],
    1,
  );
  assert.deepEqual(ranges, [{ from: 6, to: 9 }]);
  assert.equal(
    rangesText([
      { from: 6, to: 7 },
      { from: 9, to: 9 },
    ]),
    "6-7, 9",
  );
});
