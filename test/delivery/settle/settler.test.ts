import assert from "node:assert/strict";
import { test } from "node:test";
import { createTower, type Tower } from "../harness.ts";

/** A running tower with one lane that has booked one outcome just now; the returned list grows by every group. */
async function running(settings: { settleEveryMs: number; settleAtOnce: number }) {
  const tower = await createTower({ settings });
  const lane = await tower.subscribe();
  const groups: number[] = [];
  tower.fault = (verb) => {
    if (verb === "settle") groups.push(tower.settled.length);
  };
  await tower.dispatcher.start();
  await tower.ring(lane);
  await tower.quiet();
  return { tower, lane, groups };
}

async function ring(tower: Tower, lane: number, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await tower.ring(lane);
    await tower.quiet();
  }
}

test("an outcome after a quiet time is booked at once, and those that follow closely are booked together", async () => {
  const { tower, lane, groups } = await running({ settleEveryMs: 5, settleAtOnce: 100 });
  assert.equal(tower.settled.length, 1);
  await ring(tower, lane, 3);
  assert.equal(tower.network.calls.length, 4);
  assert.equal(tower.settled.length, 1);
  await tower.clock.pass(5);
  assert.equal(tower.settled.length, 4);
  assert.equal(groups.length, 2);
});

test("a group that is large enough does not wait", async () => {
  const { tower, lane } = await running({ settleEveryMs: 1_000, settleAtOnce: 2 });
  await ring(tower, lane, 1);
  assert.equal(tower.settled.length, 1);
  await ring(tower, lane, 1);
  assert.equal(tower.settled.length, 3);
});

test("a stop books what waits for its group to grow", async () => {
  const { tower, lane } = await running({ settleEveryMs: 1_000, settleAtOnce: 100 });
  await ring(tower, lane, 2);
  const stopped = tower.dispatcher.stop();
  await tower.clock.pass(1_000);
  await stopped;
  assert.equal(tower.settled.length, 3);
  assert.deepEqual(await tower.owed(), []);
});
