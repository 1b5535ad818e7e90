// An owner wants what waits to be tried now: the rows in the store, those in memory, the timers and the back-off follow.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../../src/model/attempt.ts";
import { deliveryId, deliveryNumber } from "../../../src/model/delivery.ts";
import { createTower, type Tower, urlOf } from "../harness.ts";
import { failed, ok } from "../network.ts";

const minute = 60_000;
const hour = 60 * minute;

/** A lane whose first deliveries have failed and wait for a second try; its receiver is well again. */
async function withWaiting(count: number, settings: Parameters<typeof createTower>[0] = {}): Promise<[Tower, number]> {
  const tower = await createTower({ ...settings, settings: { breakAfter: 1000, ...settings.settings } });
  const lane = await tower.subscribe();
  let answer: Outcome = failed(500);
  tower.network.answer(urlOf(lane), () => answer);
  await tower.dispatcher.start();
  await tower.ringMany(lane, count);
  await tower.quiet();
  assert.equal(tower.network.calls.length, count);
  answer = ok;
  tower.network.calls.length = 0;
  return [tower, lane];
}

const calls = (tower: Tower): number => tower.network.calls.length;
const deliveryOf = async (tower: Tower, lane: number, index = 0): Promise<number> => {
  const query = { organization: null, subscription: null, state: null, since: null, limit: 1000, before: null };
  const { items } = await tower.store.history.deliveries(query);
  return items.filter(({ subscription }) => subscription === String(lane)).at(-1 - index)!.number;
};

test("all that waits in a lane starts at once, in slices, each once, and no timer starts it again", async () => {
  const [tower, lane] = await withWaiting(25, { settings: { cancelSlice: 4 } });
  assert.equal(await tower.dispatcher.hasten.lane(lane), 25);
  await tower.quiet();
  assert.equal(calls(tower), 25);
  assert.equal(new Set(tower.network.calls.map(({ event }) => event)).size, 25);
  await tower.clock.pass(24 * hour);
  assert.equal(calls(tower), 25);
  assert.deepEqual(await tower.owed(), []);
});

test("a lane with more rows than memory takes starts all of them", async () => {
  const [tower, lane] = await withWaiting(300, { settings: { bufferRows: 16 } });
  assert.equal(await tower.dispatcher.hasten.lane(lane), 300);
  await tower.quiet();
  assert.equal(calls(tower), 300);
});

test("other lanes keep their times", async () => {
  const [tower, lane] = await withWaiting(1);
  const other = await tower.subscribe();
  tower.network.answer(urlOf(other), () => failed(500));
  await tower.ring(other);
  await tower.quiet();
  tower.network.calls.length = 0;
  await tower.dispatcher.hasten.lane(lane);
  await tower.quiet();
  assert.deepEqual(
    tower.network.calls.map(({ url }) => url),
    [urlOf(lane)],
  );
});

test("an attempt under way is not started a second time, and what it comes to counts", async () => {
  const [tower, lane] = await withWaiting(2);
  const answers: ((outcome: Outcome) => void)[] = [];
  tower.network.answer(urlOf(lane), () => new Promise<Outcome>((resolve) => answers.push(resolve)));
  await tower.clock.pass(6_000);
  assert.equal(calls(tower), 1, "a lane that failed starts one at a time");
  const underWay = deliveryNumber(tower.network.calls[0]!.delivery)!;
  assert.equal(await tower.dispatcher.hasten.one(lane, underWay), "under_way");
  await tower.dispatcher.hasten.lane(lane);
  await tower.quiet();
  assert.equal(calls(tower), 1);
  answers[0]!(failed(500));
  await tower.quiet();
  answers[1]!(ok);
  await tower.quiet();
  assert.equal(calls(tower), 2, "the one that failed waits for its next time");
  assert.notEqual(tower.network.calls[1]!.delivery, deliveryId(underWay));
});

test("rows that failed again while slices are done are not hurried a second time", async () => {
  const [tower, lane] = await withWaiting(6, { settings: { cancelSlice: 1 } });
  tower.network.answer(urlOf(lane), () => failed(500));
  const go = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  let slices = 0;
  // One of the live class, three of the retries.
  tower.fault = (verb) =>
    verb !== "hasten" ? undefined : ++slices === 2 ? begun.promise : slices > 4 ? go.promise : undefined;
  const done = tower.dispatcher.hasten.lane(lane);
  await tower.clock.pass(1);
  begun.resolve();
  await tower.quiet();
  assert.equal(calls(tower), 3, "they start while others are still waiting for their slice");
  await tower.clock.pass(1);
  go.resolve();
  assert.equal(await done, 6);
  await tower.quiet();
  assert.equal(calls(tower), 6);
});

test("a row that a read is bringing at that moment is not lost", async () => {
  const [tower, lane] = await withWaiting(3);
  const read = Promise.withResolvers<void>();
  const inRead = Promise.withResolvers<void>();
  tower.fault = (verb) => {
    if (verb !== "readDue") return undefined;
    inRead.resolve();
    return read.promise;
  };
  const event = await tower.ring(lane);
  await tower.resend(event, 1);
  await inRead.promise;
  const done = tower.dispatcher.hasten.lane(lane);
  await tower.quiet();
  read.resolve();
  tower.fault = () => {};
  assert.equal(await done, 3);
  await tower.quiet();
  assert.equal(calls(tower), 5);
});

test("what was brought forward is tried by the next owner, too", async () => {
  const [tower, lane] = await withWaiting(3);
  await tower.dispatcher.hasten.lane(lane);
  await tower.restart();
  await tower.clock.pass(minute);
  await tower.quiet();
  assert.equal(new Set(tower.network.calls.map(({ event }) => event)).size, 3);
});

test("one delivery is tried now, and those beside it keep their times", async () => {
  const [tower, lane] = await withWaiting(3);
  const second = await deliveryOf(tower, lane, 1);
  assert.equal(await tower.dispatcher.hasten.one(lane, second), "due_now");
  await tower.quiet();
  assert.deepEqual(
    tower.network.calls.map(({ delivery }) => delivery),
    [deliveryId(second)],
  );
});

test("one that is due and waits for its turn in memory is not under way", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  tower.network.answer(urlOf(lane), () => "hang");
  await tower.dispatcher.start();
  await tower.ringMany(lane, 2);
  await tower.quiet();
  const [first, second] = [await deliveryOf(tower, lane, 0), await deliveryOf(tower, lane, 1)];
  assert.equal(await tower.dispatcher.hasten.one(lane, first), "under_way");
  assert.equal(await tower.dispatcher.hasten.one(lane, second), "due_now");
});

test("a stop ends it with an error that says so, and a removed lane is no longer there", async () => {
  const [tower, lane] = await withWaiting(3, { settings: { cancelSlice: 1 } });
  tower.fault = (verb) => (verb === "hasten" && tower.subscriptions.has(lane) ? tower.remove(lane) : undefined);
  await tower.dispatcher.hasten.lane(lane);
  assert.deepEqual(tower.dispatcher.snapshot().lanes, 0);
  const go = Promise.withResolvers<void>();
  tower.fault = (verb) => (verb === "hasten" ? go.promise : undefined);
  const begun = tower.dispatcher.hasten.lane(lane);
  await tower.dispatcher.stop();
  go.resolve();
  await assert.rejects(begun, { code: "UNAVAILABLE" });
  await assert.rejects(tower.dispatcher.hasten.lane(lane), { code: "UNAVAILABLE" });
  await assert.rejects(tower.dispatcher.hasten.one(lane, 1), { code: "UNAVAILABLE" });
});
