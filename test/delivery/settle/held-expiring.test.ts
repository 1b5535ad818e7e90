// A notice a day before what is held reaches the end of its retention.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createHeldExpiring } from "../../../src/delivery/settle/held-expiring.ts";
import { silentLog } from "../../../src/log.ts";
import type { HeldNotice } from "../../../src/model/engine-events.ts";
import { failed } from "../network.ts";
import { createTower, urlOf } from "../harness.ts";

const hour = 3_600_000;
const day = 24 * hour;

async function begin(eventsMs: number | ((organization: string) => number) = 2 * day) {
  const tower = await createTower();
  const notices: (HeldNotice & { readonly lane: number; readonly at: number })[] = [];
  const service = createHeldExpiring({
    history: tower.store.history,
    subscriptions: tower.subscriptions,
    clock: tower.clock,
    log: silentLog,
    eventsMs: async (organization) => (typeof eventsMs === "number" ? eventsMs : eventsMs(organization)),
    events: {
      heldExpiring: ({ number }, notice) => notices.push({ ...notice, lane: number, at: tower.clock.now() }),
    },
  });
  const [held, active] = [await tower.subscribe(), await tower.subscribe()];
  await tower.dispatcher.start();
  await service.start();
  return { tower, held, active, notices, service };
}

const paused = { paused: { at: 0, by: "key_test" } };

test("it comes a day before, with how many there are and when, once a day, for what is paused or disabled alone", async () => {
  const { tower, held, active, notices, service } = await begin();
  tower.change(held, paused);
  tower.network.answer(urlOf(active), () => failed(500));
  const accepted = tower.clock.now();
  await tower.ringMany(held, 3);
  await tower.ring(active);
  await tower.clock.pass(day - hour);
  assert.equal(notices.length, 0);
  await tower.clock.pass(2 * hour);
  assert.deepEqual(
    notices.map(({ lane, deliveries, expiresAt }) => [lane, deliveries, expiresAt]),
    [[held, 3, accepted + 2 * day]],
  );
  await tower.clock.pass(22 * hour);
  assert.equal(notices.length, 1);
  await tower.clock.pass(2 * hour);
  assert.equal(notices.length, 2);
  await service.stop();
});

test("what was resumed or settled is not told, and is told again the next time", async () => {
  const { tower, held, notices, service } = await begin();
  tower.change(held, { state: "disabled" });
  await tower.ring(held);
  await tower.clock.pass(day + hour);
  assert.equal(notices.length, 1);
  tower.change(held, { state: "active" });
  await tower.clock.pass(2 * hour);
  assert.deepEqual(await tower.owed(), []);
  tower.change(held, { state: "disabled" });
  await tower.clock.pass(2 * day);
  assert.equal(notices.length, 1);
  await service.stop();
});

test("resends and replays expire with their event, and each is counted once", async () => {
  const { tower, held, active, notices, service } = await begin();
  const id = await tower.ring(active);
  await tower.quiet();
  tower.change(held, paused);
  await tower.clock.pass(12 * hour);
  await tower.replay(held, id, 4);
  await tower.ring(held);
  await tower.clock.pass(14 * hour);
  assert.deepEqual(
    notices.map(({ lane, deliveries }) => [lane, deliveries]),
    [[held, 4]],
  );
  await service.stop();
});

test("more than one slice is counted, and one late row at the end stays out", async () => {
  const { tower, held, notices, service } = await begin();
  tower.change(held, paused);
  await tower.ringMany(held, 5_100);
  await tower.clock.pass(12 * hour);
  await tower.ring(held);
  await tower.clock.pass(13 * hour);
  await tower.quiet();
  assert.deepEqual(
    notices.map(({ deliveries }) => deliveries),
    [5_100],
  );
  await service.stop();
});

test("an organization that keeps its events for longer or shorter is told in its own time", async () => {
  const { tower, held, notices, service } = await begin((organization) => (organization === "org_1" ? 4 : 3) * day);
  const other = await tower.subscribe({ organization: "org_2" });
  for (const each of [held, other]) {
    tower.change(each, paused);
    await tower.ring(each);
  }
  await tower.clock.pass(2 * day + hour);
  assert.deepEqual(
    notices.map(({ lane }) => lane),
    [other],
  );
  await tower.clock.pass(day);
  assert.equal(notices.filter(({ lane }) => lane === held).length, 1);
  await service.stop();
});

test("where events are kept for less than two days it comes in the middle", async () => {
  const { tower, held, notices, service } = await begin(4 * hour);
  tower.change(held, paused);
  await tower.ring(held);
  await tower.clock.pass(2 * hour - 1);
  assert.equal(notices.length, 0);
  await tower.clock.pass(hour);
  assert.equal(notices.length, 1);
  await service.stop();
});
