// What operators alarm on: what Belfry is late with, apart from what receivers keep waiting.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../../src/model/attempt.ts";
import { failed, ok } from "../network.ts";
import { createTower, type Tower, urlOf } from "../harness.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** What it is late with, and what has waited, in whole seconds. */
function waits({ dispatcher }: Tower): { readonly late: number; readonly waited: number } {
  const { lateMs, waitedMs } = dispatcher.snapshot();
  return { late: Math.floor(lateMs / second), waited: Math.floor(waitedMs / second) };
}

test("what waits behind a receiver that fails, or asks for patience, is not late", async () => {
  for (const answer of [failed(500), failed(429, { retryAfterMs: 10 * minute })]) {
    const tower = await createTower();
    const [dead, well] = [await tower.subscribe(), await tower.subscribe()];
    tower.network.answer(urlOf(dead), () => answer);
    await tower.dispatcher.start();
    await tower.ringMany(dead, 400);
    await tower.clock.pass(8 * minute);
    await tower.ring(well);
    await tower.quiet();
    assert.deepEqual(waits(tower), { late: 0, waited: 8 * 60 });
    assert.equal(tower.dispatcher.snapshot().backingOff, 1);
  }
});

test("what waits while a probe is under way is not late, but a probe that may start and does not is", async () => {
  const tower = await createTower({ settings: { caps: { subscription: 1, organization: 1, host: 1, overall: 1 } } });
  const [dead, other] = [await tower.subscribe(), await tower.subscribe()];
  tower.network.answer(urlOf(dead), () => failed());
  await tower.dispatcher.start();
  await tower.ringMany(dead, 10);
  await tower.quiet();
  tower.network.answer(urlOf(other), () => new Promise<Outcome>(() => {}));
  await tower.ring(other);
  await tower.clock.pass(25 * second);
  assert.deepEqual(waits(tower), { late: 20, waited: 25 }, "its time came after five seconds");

  const probed = await createTower();
  const lane = await probed.subscribe();
  probed.network.answer(urlOf(lane), () => failed());
  await probed.dispatcher.start();
  await probed.ringMany(lane, 10);
  await probed.quiet();
  probed.network.answer(urlOf(lane), () => new Promise<Outcome>(() => {}));
  await probed.clock.pass(15 * second);
  assert.equal(probed.dispatcher.snapshot().inFlight, 1);
  assert.deepEqual(waits(probed), { late: 0, waited: 15 });
});

test("a backlog is late from when its receiver is well again, not from when it fell due", async () => {
  const tower = await createTower({ settings: { caps: { subscription: 1, organization: 64, host: 64, overall: 64 } } });
  const lane = await tower.subscribe();
  tower.network.answer(urlOf(lane), () => failed());
  await tower.dispatcher.start();
  await tower.ringMany(lane, 400);
  // Probes come after 5 s, 5 min, 30 min; the one after 35 min succeeds.
  await tower.clock.pass(20 * minute);
  const slowly = () => new Promise<Outcome>((resolve) => void tower.clock.after(500, () => resolve(ok)));
  tower.network.answer(urlOf(lane), slowly);
  await tower.clock.pass(16 * minute);
  const { late, waited } = waits(tower);
  assert.equal(waited, 36 * 60);
  assert.ok(late >= 50 && late <= 56, `${late}: its receiver answers quickly and the lane is not done`);
  await tower.clock.pass(5 * minute);
  assert.deepEqual(waits(tower), { late: 0, waited: 0 });
});

test("a receiver that takes seconds for each answer keeps its own backlog waiting", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  const slowly = () => new Promise<Outcome>((resolve) => void tower.clock.after(3 * second, () => resolve(ok)));
  tower.network.answer(urlOf(lane), slowly);
  await tower.dispatcher.start();
  await tower.ringMany(lane, 1_000);
  await tower.clock.pass(5 * minute);
  const { late, waited } = waits(tower);
  assert.equal(waited, 5 * 60);
  assert.ok(late <= 3, `${late}`);
});

test("a bulk replay waits for room and is not late, but a live delivery or a retry behind it is", async () => {
  const tower = await createTower({ settings: { caps: { subscription: 1, organization: 9, host: 9, overall: 9 } } });
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  const event = await tower.ring(lane);
  tower.network.answer(urlOf(lane), () => new Promise<Outcome>(() => {}));
  await tower.replay(lane, event, 500);
  await tower.clock.pass(7 * second);
  assert.deepEqual(waits(tower), { late: 0, waited: 7 });
  await tower.resend(event, 1);
  await tower.clock.pass(3 * second);
  assert.deepEqual(waits(tower), { late: 3, waited: 10 });
});

test("what waits for a slot, or for a store that takes no outcomes, is late", async () => {
  const tower = await createTower({ settings: { caps: { subscription: 4, organization: 64, host: 64, overall: 1 } } });
  const [slow, well] = [await tower.subscribe(), await tower.subscribe()];
  tower.network.answer(urlOf(slow), () => new Promise<Outcome>(() => {}));
  await tower.dispatcher.start();
  await tower.ring(slow);
  await tower.ring(well);
  await tower.clock.pass(7 * second);
  assert.deepEqual(waits(tower), { late: 7, waited: 7 });

  const stuck = await createTower();
  const lane = await stuck.subscribe();
  await stuck.dispatcher.start();
  stuck.fault = () => {
    throw new Error("The disk is gone.");
  };
  await stuck.ringMany(lane, 50);
  await stuck.clock.pass(9 * second);
  assert.deepEqual(waits(stuck), { late: 9, waited: 9 });
});

test("what a disabled subscription is owed waits for nobody, and is late from when it is enabled at the earliest", async () => {
  const settings = { caps: { subscription: 4, organization: 64, host: 64, overall: 1 } };
  const tower = await createTower({ settings });
  const [lane, busy] = [await tower.subscribe(), await tower.subscribe()];
  await tower.dispatcher.start();
  tower.change(lane, { state: "disabled" });
  await tower.ring(lane);
  tower.network.answer(urlOf(busy), () => new Promise<Outcome>(() => {}));
  await tower.ring(busy);
  await tower.clock.pass(3 * hour);
  assert.deepEqual(waits(tower), { late: 0, waited: 0 });
  tower.change(lane, { state: "active" });
  await tower.clock.pass(4 * second);
  assert.deepEqual(waits(tower), { late: 4, waited: 3 * 3600 + 4 });
});

test("what fell due while no process ran is late from then on", async () => {
  const tower = await createTower({ settings: { caps: { subscription: 4, organization: 64, host: 64, overall: 1 } } });
  const [lane, busy] = [await tower.subscribe(), await tower.subscribe()];
  await tower.dispatcher.start();
  tower.network.answer(urlOf(lane), () => new Promise<Outcome>(() => {}));
  tower.network.answer(urlOf(busy), () => new Promise<Outcome>(() => {}));
  await tower.ring(busy);
  await tower.ring(lane);
  const stopped = tower.dispatcher.stop();
  await tower.clock.pass(hour);
  await stopped;
  await tower.restart();
  assert.equal(tower.dispatcher.snapshot().inFlight, 1);
  assert.ok(waits(tower).late >= 3600);
});
