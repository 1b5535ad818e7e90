// The token buckets of one lane, as values: never more than was allowed in any time, and never fewer than could go.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import {
  countStart,
  forgetPace,
  isThrottled,
  limitTo,
  nextStartAt,
  slowDown,
  speedUp,
  startNow,
  startsPerSecond,
  type Throttled,
  unthrottled,
} from "../../../src/delivery/lane/throttle.ts";

const second = 1_000;

/** Starts whenever the throttle allows it and `wants` says so, in steps of 1 ms up to `until`; returns the times. */
function run(lane: Throttled, from: number, until: number, wants: (at: number) => boolean = () => true): number[] {
  const starts: number[] = [];
  for (let at = from; at < until; at++) {
    while (wants(at) && !isThrottled(lane, at)) {
      countStart(lane, at);
      starts.push(at);
      if (starts.length > 1e5) assert.fail("it is not throttled");
    }
  }
  return starts;
}

/** Throws where some window has more starts than burst + perSecond × t. */
function assertAtMost(starts: readonly number[], perSecond: number, burst: number): void {
  for (const [first, from] of starts.entries()) {
    for (let last = first; last < starts.length; last++) {
      const allowed = burst + (perSecond * (starts[last]! - from)) / second;
      assert.ok(last - first + 1 <= allowed + 1e-6, `${last - first + 1} starts from ${from} to ${starts[last]}`);
    }
  }
}

const limitOf = (perSecond: number, burst = Math.max(1, perSecond)) => ({ perSecond, burst });

function limited(perSecond: number, burst?: number, at = 0): Throttled {
  const lane = unthrottled();
  limitTo(lane, limitOf(perSecond, burst), () => at);
  return lane;
}

test("a bucket begins empty, and fills while nothing starts", () => {
  const lane = limited(10, 3);
  assert.deepEqual(run(lane, 0, 350), [100, 200, 300]);
  assert.deepEqual(run(lane, 2_000, 2_250), [2_000, 2_000, 2_000, 2_100, 2_200]);
});

test("half a start per second is one in two seconds", () => {
  assert.deepEqual(run(limited(0.5), 0, 7_000), [2_000, 4_000, 6_000]);
});

test("a lane without a limit is not throttled, and the clock is not asked", () => {
  const lane = unthrottled();
  limitTo(lane, null, () => assert.fail("the clock was asked"));
  countStart(lane, 1);
  assert.equal(isThrottled(lane, 1), false);
  assert.equal(startsPerSecond(lane), null);
});

test("in any time no more start than allowed, and the next starts as soon as it may", () => {
  const scenario = fc.record({
    perSecond: fc.oneof(fc.constantFrom(0.5, 1, 3, 7, 10), fc.double({ min: 0.3, max: 50, noNaN: true })),
    burst: fc.oneof(fc.constantFrom(1, 2, 10), fc.double({ min: 1, max: 20, noNaN: true })),
    gaps: fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 3_000, noNaN: true })), {
      minLength: 5,
      maxLength: 60,
    }),
  });
  fc.assert(
    fc.property(scenario, ({ perSecond, burst, gaps }) => {
      const lane = limited(perSecond, burst);
      const starts: number[] = [];
      const fits = (at: number): boolean =>
        starts.length + 1 <= (perSecond * at) / second + 1e-6 &&
        starts.every((from, first) => starts.length - first + 1 <= burst + (perSecond * (at - from)) / second + 1e-6);
      let at = 0;
      for (const gap of gaps) {
        at += gap;
        if (isThrottled(lane, at)) {
          const next = nextStartAt(lane);
          assert.ok(!fits(next - 0.01), `it waits until ${next}, and could start before`);
          at = next;
        }
        assert.ok(fits(at), `start ${starts.length + 1} at ${at} is one too many`);
        countStart(lane, at);
        starts.push(at);
      }
    }),
    { numRuns: 150 },
  );
});

test("a restart at any moment starts no more than one process could", () => {
  for (const killedAt of [0, 1, 99, 100, 101, 950, 1_000]) {
    const before = run(limited(10, 5), 0, killedAt, (at) => at > 600);
    const after = run(limited(10, 5, killedAt), killedAt, 3_000);
    assertAtMost([...before, ...after], 10, 5);
    assert.ok(after.length >= 19 - killedAt / 100);
  }
});

test("a changed limit keeps what the bucket has, and never more than it holds", () => {
  const lane = limited(10, 10);
  // It is full: 10 tokens.
  limitTo(lane, limitOf(2, 4), () => 5_000);
  assert.deepEqual(run(lane, 5_000, 6_100), [5_000, 5_000, 5_000, 5_000, 5_500, 6_000]);
  limitTo(lane, limitOf(10, 10), () => 6_100);
  assert.equal(run(lane, 6_100, 7_105).length, 10, "it does not begin full");
});

test("the same limit announced again does not fill the bucket", () => {
  const lane = limited(1, 5);
  run(lane, 10_000, 10_001);
  limitTo(lane, limitOf(1, 5), () => 10_001);
  assert.equal(isThrottled(lane, 10_001), true);
});

test("a limit that is removed lets everything go", () => {
  const lane = limited(0.001);
  limitTo(lane, null, () => 0);
  assert.equal(isThrottled(lane, 1), false);
  assert.equal(lane.throttle, null);
});

test("a receiver that gets too many gets half as many starts per second, evenly", () => {
  const lane = unthrottled();
  for (let at = 10_000; at < 10_500; at += 25) countStart(lane, at);
  slowDown(lane, 10_475, 10_500);
  assert.equal(startsPerSecond(lane), 10);
  const starts = run(lane, 10_500, 12_500);
  assertAtMost(starts, 10, 1);
  assert.equal(starts.length, 19);
});

test("of a second that has just begun the one before counts", () => {
  const lane = unthrottled();
  for (let at = 0; at <= 1_000; at += 50) countStart(lane, at);
  slowDown(lane, 1_000, 1_001);
  assert.equal(startsPerSecond(lane), 10);
});

test("starts of long ago are no pace", () => {
  const lane = unthrottled();
  for (let at = 0; at < 900; at += 10) countStart(lane, at);
  countStart(lane, 60_000);
  slowDown(lane, 60_000, 60_001);
  assert.equal(startsPerSecond(lane), 0.5);
});

test("attempts that were under way when the receiver asked first do not halve the pace again; a later one does", () => {
  const lane = unthrottled();
  for (let at = 0; at < 8; at++) countStart(lane, at);
  slowDown(lane, 3, 10);
  slowDown(lane, 7, 11);
  assert.equal(startsPerSecond(lane), 4);
  slowDown(lane, 20_000, 20_010);
  assert.equal(startsPerSecond(lane), 2);
  for (let asked = 3e4; asked < 50e4; asked += 1e4) slowDown(lane, asked, asked + 1);
  assert.equal(startsPerSecond(lane), 1 / 60, "it is never slower than one in a minute");
});

test("a learned pace never rises when the receiver asks again", () => {
  const lane = unthrottled();
  countStart(lane, 0);
  slowDown(lane, 0, 1);
  for (let at = 5_000; at < 5_009; at++) countStart(lane, at);
  slowDown(lane, 5_000, 5_010);
  assert.equal(startsPerSecond(lane), 0.25);
});

test("used to the full, a learned pace doubles in about 42 s, and is forgotten at twice what was too much", () => {
  const lane = unthrottled();
  for (let at = 0; at < 200; at += 10) countStart(lane, at);
  slowDown(lane, 190, 200);
  let at = 200;
  const doubled = 20;
  while (startsPerSecond(lane)! < doubled) {
    at = Math.max(at, nextStartAt(lane));
    countStart(lane, at);
    speedUp(lane);
  }
  assert.ok(at > 35_000 && at < 50_000, `after ${at} ms`);
  while (lane.throttle !== null) {
    assert.ok(startsPerSecond(lane)! < 40);
    speedUp(lane);
  }
});

test("limit and learned pace both hold, and a forgotten pace leaves the limit", () => {
  const lane = limited(5, 5);
  for (let at = 2_000; at < 2_003; at++) countStart(lane, at);
  slowDown(lane, 2_002, 2_010);
  assert.equal(startsPerSecond(lane), 1.5);
  limitTo(lane, limitOf(1, 1), () => 2_010);
  assert.equal(startsPerSecond(lane), 1);
  startNow(lane);
  assert.equal(isThrottled(lane, 2_010), false, "the limit had a token left");
  countStart(lane, 2_010);
  forgetPace(lane);
  assert.deepEqual(run(lane, 2_010, 4_100), [3_010, 4_010]);
  limitTo(lane, null, () => 5_000);
  assert.equal(lane.throttle, null);
});
