import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { consequence, retryWindowMs, type RetryRule } from "../../../src/delivery/attempt/retry-policy.ts";
import { checkRetention } from "../../../src/delivery/settle/retention.ts";
import { deliveryDefaults, retentionDefaults } from "../../../src/delivery/settings.ts";
import { outcomes, type OutcomeCode } from "../../../src/model/attempt.ts";
import { failed, ok, outcome } from "../network.ts";

const hour = 3_600_000;
const rule: RetryRule = { ...deliveryDefaults, delays: deliveryDefaults.retryDelays };
const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test("every failure before the last attempt is followed by a delay within 20 % of the planned one", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fraction, (attempt, chance) => {
      const { next } = consequence(failed(), attempt, rule, chance);
      assert.ok("delayMs" in next);
      const planned = rule.delays[attempt - 1]!;
      assert.ok(next.delayMs >= planned * 0.8 && next.delayMs <= planned * 1.2 + 1);
      assert.ok(Number.isInteger(next.delayMs));
    }),
    {
      examples: [
        [1, 0],
        [1, 0.999],
        [9, 0],
        [9, 0.999],
      ],
    },
  );
});

test("after the last delay a failing delivery is exhausted, whatever the failure", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...(Object.keys(outcomes) as OutcomeCode[]).filter((code) => outcomes[code] === "retry")),
      fc.integer({ min: 10, max: 30 }),
      fraction,
      (code, attempt, chance) => {
        assert.deepEqual(consequence(outcome(code), attempt, rule, chance).next, { state: "exhausted" });
      },
    ),
    // The attempt after the last delay is the first that has none.
    { examples: [["http_error", rule.delays.length + 1, 0.5]] },
  );
});

test("a success ends the delivery and asks nothing of its lane", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fraction, (attempt, chance) => {
      assert.deepEqual(consequence({ ...ok, retryAfterMs: 5_000 }, attempt, rule, chance), {
        next: { state: "delivered" },
        disable: false,
        pauseMs: 0,
      });
    }),
  );
});

test("Retry-After lengthens the planned delay up to a day and never shortens it", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: -1, max: 400 * hour }),
      fraction,
      (attempt, ms, chance) => {
        const plain = consequence(failed(500), attempt, rule, chance).next;
        const asked = consequence(failed(500, { retryAfterMs: ms }), attempt, rule, chance).next;
        assert.ok("delayMs" in plain && "delayMs" in asked);
        assert.equal(asked.delayMs, Math.max(plain.delayMs, Math.min(ms, 24 * hour)));
      },
    ),
    { examples: [-1, 0, 1, 24 * hour, 24 * hour + 1].map((ms) => [1, ms, 0.5]) },
  );
});

test("429, 502, 503 and 504 slow the whole lane, for as long as the receiver says or a default; no other status does", () => {
  for (let status = 300; status < 600; status++) {
    const slows = [429, 502, 503, 504].includes(status);
    assert.equal(consequence(failed(status), 1, rule, 0.5).pauseMs, slows ? 5_000 : 0, `${status}`);
    const asked = consequence(failed(status, { retryAfterMs: 90_000 }), 1, rule, 0.5);
    assert.equal(asked.pauseMs, slows ? 90_000 : 0, `${status}`);
  }
});

test("only 410 disables, and the delivery keeps its place in the plan", () => {
  for (const code of Object.keys(outcomes) as OutcomeCode[]) {
    assert.equal(consequence(outcome(code), 1, rule, 0.5).disable, code === "gone");
  }
  assert.deepEqual(consequence(outcome("gone", { status: 410 }), 1, rule, 0.5).next, { delayMs: 5_000 });
});

test("the default delays make ten attempts over 75 hours and 35 minutes before jitter", () => {
  assert.equal(rule.delays.length, 9);
  assert.equal(
    rule.delays.reduce((sum, delay) => sum + delay, 0),
    75 * hour + 35 * 60_000 + 5_000,
  );
});

test("a retention no longer than the retries take is refused with a sentence, and the defaults pass", () => {
  assert.equal(checkRetention(deliveryDefaults, retentionDefaults.eventsMs), null);
  assert.match(checkRetention(deliveryDefaults, 72 * hour) ?? "", /events are kept for 72\.0 h only/);
  fc.assert(
    fc.property(fc.array(fc.nat(100 * hour), { maxLength: 12 }), fc.nat(1_000 * hour), (retryDelays, kept) => {
      const objection = checkRetention({ retryDelays, jitter: 0.2, longestTimeoutMs: 30_000 }, kept);
      assert.equal(objection === null, retryWindowMs(retryDelays, 0.2, 30_000) < kept);
    }),
    {
      examples: [
        [[], 30_000],
        [[], 30_001],
        [[hour], 1.2 * hour + 60_000],
        [[hour], 1.2 * hour + 60_001],
      ],
    },
  );
  assert.equal(retryWindowMs([], 0.2, 30_000), 30_000, "one attempt");
  assert.equal(retryWindowMs([1_000, 2_000], 0.5, 10), 4_530, "three attempts and two delays");
});
