// How long a lane waits for a receiver that asked for patience, and what ends it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../../src/model/attempt.ts";
import { createTower, urlOf } from "../harness.ts";
import { failed, ok } from "../network.ts";

const minute = 60_000;
const hour = 60 * minute;

/** A wide lane with two attempts under way, answered as the test says. */
async function twoUnderWay() {
  const tower = await createTower();
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  for (let round = 0; round < 3; round++) {
    await tower.ring(lane);
    await tower.quiet();
  }
  const open: ((outcome: Outcome) => void)[] = [];
  tower.network.answer(urlOf(lane), () => new Promise((resolve) => open.push(resolve)));
  await tower.ringMany(lane, 2);
  assert.equal(open.length, 2);
  const before = tower.network.calls.length;
  return {
    tower,
    lane,
    async answer(...outcomes: readonly Outcome[]) {
      for (const outcome of outcomes) {
        open.shift()!(outcome);
        await tower.quiet();
      }
      tower.network.answer(urlOf(lane), () => ok);
    },
    calls: () => tower.network.calls.length - before,
  };
}

test("a shorter wish after a longer one does not shorten the wait", async () => {
  const { tower, lane, answer, calls } = await twoUnderWay();
  await answer(failed(429, { retryAfterMs: hour }), failed(429, { retryAfterMs: minute }));
  await tower.ring(lane);
  await tower.clock.pass(hour - minute);
  assert.equal(calls(), 0);
  await tower.clock.pass(2 * minute);
  await tower.quiet();
  assert.equal(calls(), 3);
});

test("a longer wish after a shorter one counts", async () => {
  const { tower, lane, answer, calls } = await twoUnderWay();
  await answer(failed(429, { retryAfterMs: minute }), failed(429, { retryAfterMs: hour }));
  await tower.ring(lane);
  await tower.clock.pass(hour - minute);
  assert.equal(calls(), 0);
});

test("another endpoint need not wait for what the old one asked for", async () => {
  const { tower, lane, answer, calls } = await twoUnderWay();
  await answer(failed(429, { retryAfterMs: hour }), ok);
  const { endpoint } = tower.subscriptions.get(lane)!;
  tower.change(lane, { endpoint: { ...endpoint, url: "https://elsewhere.example/" } });
  await tower.ring(lane);
  await tower.quiet();
  assert.equal(calls(), 1);
  assert.equal(tower.network.calls.at(-1)?.url, "https://elsewhere.example/");
});

test("a changed name leaves the wish of the receiver as it is", async () => {
  const { tower, lane, answer, calls } = await twoUnderWay();
  await answer(failed(429, { retryAfterMs: hour }), ok);
  tower.change(lane, { name: "renamed" });
  await tower.ring(lane);
  await tower.clock.pass(hour - minute);
  assert.equal(calls(), 0);
});
