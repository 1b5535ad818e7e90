// When a subscription is given notice, and when it is disabled: the rule as values.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import type { Failing } from "../../../src/model/lane.ts";
import { afterFailure, nextStep } from "../../../src/delivery/lane/failing.ts";

const hour = 3_600_000;
const day = 24 * hour;
const rule = { autoDisableMs: 4 * day, autoDisableAttempts: 20 };
const failing = (parts: Partial<Failing> = {}): Failing => ({ since: 0, attempts: 30, told: 0, ...parts });

test("the first failure after a success begins the time, the others count", () => {
  const first = afterFailure(null, 7);
  assert.deepEqual(first, { since: 7, attempts: 1, told: 0 });
  assert.deepEqual(afterFailure({ ...first, told: 50 }, 900), { since: 7, attempts: 2, told: 50 });
});

test("notices come at 50, 75 and 90 % of the time, whatever the number of attempts, and not before", () => {
  for (const [percent, told] of [
    [50, 0],
    [75, 50],
    [90, 75],
  ] as const) {
    const at = (rule.autoDisableMs * percent) / 100;
    assert.equal(nextStep(failing({ told, attempts: 3 }), at - 1, rule), null);
    assert.equal(nextStep(failing({ told, attempts: 3 }), at, rule), percent);
  }
});

test("it is disabled at the end of the time and with the twentieth failed attempt, not before either", () => {
  assert.equal(nextStep(failing({ told: 90, attempts: 20 }), 4 * day - 1, rule), null);
  assert.equal(nextStep(failing({ told: 90, attempts: 19 }), 40 * day, rule), null);
  assert.equal(nextStep(failing({ told: 90, attempts: 20 }), 4 * day, rule), 100);
});

test("a time that is over at once brings one step with each attempt", () => {
  const steps: (number | null)[] = [];
  let now = failing();
  for (let attempt = 0; attempt < 5; attempt++) {
    const step = nextStep(now, 400 * day, rule);
    steps.push(step);
    now = { ...now, told: step ?? now.told };
  }
  assert.deepEqual(steps, [50, 75, 90, 100, null]);
});

test("a time of 0 means never", () => {
  assert.equal(nextStep(failing({ told: 90 }), 4_000 * day, { ...rule, autoDisableMs: 0 }), null);
});

test("whatever fails whenever, all three notices come before the end, each once, in order and in its time", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: day }), { minLength: 1, maxLength: 80 }), (gaps) => {
      let [at, now]: [number, Failing | null] = [0, null];
      const told: number[] = [];
      for (const gap of gaps) {
        at += gap;
        now = afterFailure(now, at);
        const step = nextStep(now, at, rule);
        if (step === null) continue;
        assert.ok(at - now.since >= (rule.autoDisableMs * step) / 100);
        told.push(step);
        now = { ...now, told: step };
      }
      assert.deepEqual(told, [50, 75, 90, 100].slice(0, told.length));
      if (told.includes(100)) assert.ok(gaps.length >= 20);
    }),
  );
});
