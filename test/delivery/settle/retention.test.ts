import assert from "node:assert/strict";
import { test } from "node:test";
import { createRetention } from "../../../src/delivery/settle/retention.ts";
import { silentLog } from "../../../src/log.ts";
import type { RetentionSettings } from "../../../src/delivery/settings.ts";
import { ok } from "../network.ts";
import { createTower, type Tower, urlOf } from "../harness.ts";

const hour = 3_600_000;
const day = 24 * hour;

function janitorOf(tower: Tower, settings: Partial<RetentionSettings> = {}) {
  const expired: number[] = [];
  const janitor = createRetention({
    ledger: tower.ledger,
    clock: tower.clock,
    log: silentLog,
    epoch: () => tower.dispatcher.epoch(),
    idle: () => tower.dispatcher.idle(),
    settings,
    onExpired: (count) => void expired.push(count),
  });
  return { janitor, expired };
}

test("what is still owed when its event is forgotten expires, is counted, and is never sent", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  const { janitor, expired } = janitorOf(tower);
  await janitor.start();
  tower.change(lane, { state: "disabled" });
  await tower.ringMany(lane, 30);
  await tower.clock.pass(6 * day);
  assert.deepEqual(expired, []);
  await tower.clock.pass(1 * day + 2 * hour);
  assert.equal(
    expired.reduce((sum, count) => sum + count, 0),
    30,
  );
  tower.network.answer(urlOf(lane), () => ok);
  tower.change(lane, { state: "active" });
  await tower.clock.pass(hour);
  assert.equal(tower.network.calls.length, 0);
  assert.deepEqual(await tower.owed(), []);
  await janitor.stop();
});

test("a clock that leaps ahead does not make it forget before an hour has confirmed the new time", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe({ state: "disabled" });
  await tower.dispatcher.start();
  const { janitor, expired } = janitorOf(tower);
  await janitor.start();
  await tower.clock.pass(1);
  await tower.ring(lane);
  tower.clock.jump(3650 * day);
  await tower.clock.pass(1.5 * hour);
  assert.deepEqual(expired, []);
  await tower.clock.pass(1 * hour);
  assert.deepEqual(expired, [1]);
  await janitor.stop();
  assert.equal(tower.clock.timers() <= 1, true);
});
