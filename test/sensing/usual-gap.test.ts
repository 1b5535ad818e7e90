import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addGap, type Gaps, usualGap } from "../../src/sensing/usual-gap.ts";

const hour = 3_600_000;

/** Gaps of so many hours, each told at the given hour. */
const seen = (...gaps: readonly (readonly [gap: number, at: number])[]): number | null => {
  const usual = usualGap(gaps.reduce((all: Gaps | null, [gap, at]) => addGap(all, gap * hour, at * hour), null));
  return usual === null ? null : usual / hour;
};

describe("the usual gap", () => {
  test("is not known before two were seen", () => {
    assert.equal(usualGap(null), null);
    assert.equal(seen([1, 1]), null);
    assert.equal(seen([1, 1], [1, 2]), 1);
  });

  test("is the second longest, so that one outage does not count", () => {
    assert.equal(seen([1, 1], [1, 2], [9, 11], [1, 12]), 1);
    assert.equal(seen([1, 1], [9, 10], [8, 18]), 8);
  });

  test("is that of this day and the day before together", () => {
    assert.equal(seen([9, 10], [1, 11], [8, 35], [1, 36]), 8);
    assert.equal(seen([9, 10], [8, 20], [1, 35], [1, 36]), 8);
  });

  test("forgets what is older", () => {
    assert.equal(seen([9, 10], [8, 20], [1, 35], [1, 36], [1, 60], [1, 61]), 1);
    assert.equal(seen([9, 10], [8, 20], [2, 100], [1, 101]), 1);
  });
});
