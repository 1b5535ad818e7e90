// How long a lane waits for a receiver that asked for patience, and what ends it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../../src/model/attempt.ts";
import type { Subscription } from "../../../src/model/subscription.ts";
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

const changes = {
  "another key": ({ endpoint }) => ({ endpoint: { ...endpoint, apiKey: { name: "x-key", value: "another-key" } } }),
  "another header": ({ endpoint }) => ({ endpoint: { ...endpoint, headers: { "x-tenant": "another" } } }),
  "another deadline": ({ endpoint }) => ({ endpoint: { ...endpoint, timeoutMs: 9_000 } }),
} satisfies Record<string, (before: Subscription) => Partial<Subscription>>;

for (const [name, change] of Object.entries(changes)) {
  test(`a lane that backs off starts at once when its endpoint gets ${name}`, async () => {
    const { tower, lane, answer, calls } = await twoUnderWay();
    await answer(failed(429, { retryAfterMs: hour }), ok);
    await tower.ring(lane);
    assert.equal(calls(), 0);
    tower.change(lane, change(tower.subscriptions.get(lane)!));
    await tower.quiet();
    assert.equal(calls(), 1);
  });
}

const holds = {
  "disabled and enabled": [{ state: "disabled" }, { state: "active" }],
  "paused and resumed": [{ paused: { at: 0, by: "key" } }, { paused: null }],
} satisfies Record<string, readonly [Partial<Subscription>, Partial<Subscription>]>;

for (const [name, [hold, release]] of Object.entries(holds)) {
  test(`a lane that backs off starts at once when its subscription is ${name}`, async () => {
    const { tower, lane, answer, calls } = await twoUnderWay();
    await answer(failed(429, { retryAfterMs: hour }), ok);
    await tower.ring(lane);
    tower.change(lane, hold);
    await tower.quiet();
    assert.equal(calls(), 0);
    tower.change(lane, release);
    await tower.quiet();
    assert.equal(calls(), 1);
  });
}

test("a start that waits long for the store makes no lane back off longer", async () => {
  const { tower, lane, answer, calls } = await twoUnderWay();
  await answer(failed(429, { retryAfterMs: hour }), ok);
  await tower.ring(lane);
  const { acquire } = tower.store.ledger;
  tower.ledger.acquire = async (...given) => {
    const ownership = await acquire(...given);
    await new Promise<void>((resolve) => void tower.clock.after(10 * minute, resolve));
    return ownership;
  };
  const restarted = tower.restart();
  await tower.clock.pass(10 * minute);
  await restarted;
  await tower.clock.pass(50 * minute - 1_000);
  assert.equal(calls(), 0);
  await tower.clock.pass(2_000);
  await tower.quiet();
  assert.ok(calls() > 0, "the hour is over");
});

test("its owner opens a lane that was asked to wait: it starts at once, also after a restart", async () => {
  const { tower, lane, answer, calls } = await twoUnderWay();
  await answer(failed(429, { retryAfterMs: hour }), ok);
  await tower.ring(lane);
  assert.equal(calls(), 0);
  assert.equal(tower.dispatcher.openLane(lane), true);
  await tower.quiet();
  assert.equal(calls(), 1);
  assert.equal(tower.dispatcher.openLane(lane), false, "there is nothing to open");
  await tower.restart();
  await tower.ring(lane);
  await tower.quiet();
  assert.equal(calls(), 2);
});

test("its owner opens a lane whose breaker is open: one probe goes at once, and its failure counts", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  tower.network.answer(urlOf(lane), () => failed(500));
  await tower.dispatcher.start();
  await tower.ringMany(lane, 20);
  await tower.clock.pass(1_000);
  const before = tower.network.calls.length;
  assert.equal(tower.dispatcher.lane(lane)?.state, "backing_off");
  const { failures } = tower.dispatcher.lane(lane)!;
  tower.dispatcher.openLane(lane);
  await tower.quiet();
  assert.equal(tower.network.calls.length - before, 1, "a probe, not a flood");
  const status = tower.dispatcher.lane(lane);
  assert.deepEqual([status?.state, status?.failures], ["backing_off", failures + 1]);
});

test("a disabled lane cannot be opened", async () => {
  const { tower, lane, answer, calls } = await twoUnderWay();
  await answer(failed(429, { retryAfterMs: hour }), ok);
  tower.change(lane, { state: "disabled" });
  assert.equal(tower.dispatcher.openLane(lane), false);
  await tower.ring(lane);
  assert.equal(calls(), 0);
});
