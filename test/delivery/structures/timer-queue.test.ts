import assert from "node:assert/strict";
import { test } from "node:test";
import { createTimerQueue } from "../../../src/delivery/structures/timer-queue.ts";
import { createSteeredClock } from "../../fixtures/steered-clock.ts";

const day = 24 * 3600 * 1000;

test("an item that sleeps for a day and is woken every second leaves nothing behind for the end of the day", () => {
  let looks = 0;
  let wakeAt = Infinity;
  const item = {
    get wakeAt() {
      looks++;
      return wakeAt;
    },
    set wakeAt(at: number) {
      wakeAt = at;
    },
  };
  const alarm = createTimerQueue<typeof item>(createSteeredClock(), 1_000, () => {});
  for (let second = 1; second <= 10_000; second++) {
    alarm.set(item, day);
    alarm.set(item, second);
    assert.equal(alarm.due(second), item);
  }
  alarm.set(item, day);
  looks = 0;
  assert.equal(alarm.due(day - 1), undefined);
  assert.equal(alarm.due(day), item);
  assert.equal(alarm.due(day), undefined);
  assert.ok(looks < 200, `${looks} entries were looked at`);
});

test("items are woken in the order of their times, each once, however often their times were moved", () => {
  const alarm = createTimerQueue<{ wakeAt: number; id: number }>(createSteeredClock(), 1_000, () => {});
  const items = Array.from({ length: 20 }, (_, id) => ({ wakeAt: Infinity, id }));
  for (let move = 2_000; move > 100; move--) alarm.set(items[move % 20]!, move);
  const woken: number[] = [];
  for (let now = 0; now < 3_000; now++) {
    for (let item = alarm.due(now); item !== undefined; item = alarm.due(now)) woken.push(now);
  }
  assert.deepEqual(
    woken,
    Array.from({ length: 20 }, (_, index) => 101 + index),
  );
});

test("an item that is dropped sleeps on, and is let go long before its time", () => {
  let looks = 0;
  const sleeper = () => {
    let wakeAt = Infinity;
    return {
      get wakeAt() {
        looks++;
        return wakeAt;
      },
      set wakeAt(at: number) {
        wakeAt = at;
      },
    };
  };
  const alarm = createTimerQueue<{ wakeAt: number }>(createSteeredClock(), 1_000, () => {});
  for (let count = 0; count < 10_000; count++) {
    const item = sleeper();
    alarm.set(item, day + count);
    alarm.drop(item);
    alarm.drop(item);
  }
  const last = sleeper();
  alarm.set(last, 2 * day);
  looks = 0;
  assert.equal(alarm.due(2 * day), last);
  assert.equal(alarm.due(3 * day), undefined);
  assert.ok(looks < 200, `${looks} entries were looked at`);
});
