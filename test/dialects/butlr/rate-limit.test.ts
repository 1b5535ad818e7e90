import assert from "node:assert/strict";
import { test } from "node:test";
import { createRateLimit } from "../../../src/dialects/butlr/rate-limit.ts";
import { createSteeredClock } from "../../fixtures/steered-clock.ts";

test("a caller has so many points, owes what it spent beyond, and hears when it may ask again", () => {
  const clock = createSteeredClock();
  const rate = createRateLimit(clock, { most: 100, perSecond: 10 });
  assert.equal(rate.wait("a"), 0);
  rate.spend("a", 99);
  assert.equal(rate.wait("a"), 0);
  rate.spend("a", 26);
  assert.deepEqual([rate.wait("a"), rate.wait("b")], [3, 0]);
  clock.advance(2_400);
  assert.equal(rate.wait("a"), 1);
  clock.advance(200);
  assert.equal(rate.wait("a"), 0);
});

test("points do not pile up beyond what a caller may have", () => {
  const clock = createSteeredClock();
  const rate = createRateLimit(clock, { most: 100, perSecond: 10 });
  rate.spend("a", 1);
  clock.advance(3_600_000);
  rate.spend("a", 100);
  assert.equal(rate.wait("a"), 1);
});
