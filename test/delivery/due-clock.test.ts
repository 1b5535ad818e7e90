import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { createDueClock } from "../../src/delivery/due-clock.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";

test("time never goes back, never stands still while time passes, and is never behind the wall clock", async () => {
  const step = fc.record({ jump: fc.integer({ min: -1e8, max: 1e8 }), pass: fc.nat(1e6) });
  await fc.assert(
    fc.asyncProperty(fc.array(step), async (steps) => {
      const clock = createSteeredClock();
      const time = createDueClock(clock, 10_000);
      let last = time.now();
      for (const { jump, pass } of steps) {
        clock.jump(jump);
        await clock.pass(pass);
        const now = time.now();
        assert.ok(now >= last + pass - 1);
        assert.ok(now >= clock.now());
        last = now;
      }
    }),
    {
      numRuns: 50,
      examples: [
        [[{ jump: -1e8, pass: 1_000 }]],
        [[{ jump: 9_999, pass: 0 }]],
        [
          [
            { jump: 1e8, pass: 5 },
            { jump: -1e8, pass: 5 },
          ],
        ],
      ],
    },
  );
});

test("a leap is told once, and only when the wall clock ran ahead by more than it may", async () => {
  const clock = createSteeredClock();
  const time = createDueClock(clock, 10_000);
  clock.jump(9_000);
  time.now();
  assert.equal(time.jump(), 0);
  clock.jump(60_000);
  await clock.pass(1_000);
  time.now();
  assert.equal(time.jump(), 60_000);
  assert.equal(time.jump(), 0);
});
