import assert from "node:assert/strict";
import { test } from "node:test";
import { deliveryId } from "../../src/model/delivery.ts";
import { calm } from "../fixtures/steered-clock.ts";
import { failed, ok } from "./network.ts";
import { createTower, type Tower, urlOf } from "./tower.ts";

const second = 1000;
const hour = 3_600_000;

/** Deliveries that were noted so far, in order. */
function watchNotes(tower: Tower): string[] {
  const noted: string[] = [];
  tower.fault = (verb, deliveries = []) => void (verb === "suspect" && noted.push(...deliveries.map(deliveryId)));
  return noted;
}

test("while all stops are in order nothing is written before an attempt", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  tower.network.answer(urlOf(lane), () => failed());
  const noted = watchNotes(tower);
  await tower.dispatcher.start();
  await tower.ringMany(lane, 300);
  await tower.quiet();
  await tower.dispatcher.stop();
  tower.network.answer(urlOf(lane), () => ok);
  await tower.restart();
  await tower.clock.pass(hour);
  await tower.quiet();
  assert.deepEqual(await tower.owed(), []);
  assert.deepEqual(noted, []);
});

test("after an unclean stop every attempt is noted before it begins, one at a time in a lane, until the lane is past what could have been under way", async () => {
  const tower = await createTower({ settings: { window: 8 } });
  const lane = await tower.subscribe({ lane: { maxInFlight: 8, retryDelays: null } });
  await tower.dispatcher.start();
  await tower.ringMany(lane, 200);
  await tower.quiet();
  tower.network.answer(urlOf(lane), () => new Promise(() => {}));
  await tower.ringMany(lane, 200);
  await tower.quiet();
  const stuck = tower.network.calls.slice(200).map(({ delivery }) => delivery);
  assert.equal(stuck.length, 8, "that is what was under way");
  const noted = watchNotes(tower);
  const before = tower.network.calls.length;
  let widest = 0;
  tower.network.open.clear();
  tower.network.answer(urlOf(lane), () => ok);
  tower.network.onStart = ({ url, delivery }) => {
    if (tower.network.calls.length > before + 16) return;
    widest = Math.max(widest, tower.network.open.get(url)!);
    assert.equal(noted.at(-1), delivery);
  };
  await tower.restart();
  await tower.quiet();
  assert.equal(widest, 1);
  assert.equal(noted.length, 16, "a window and a lane's width");
  assert.ok(stuck.every((delivery) => noted.includes(delivery)));
  assert.deepEqual(await tower.owed(), []);
});

test("the third end of the process under one delivery puts that one into quarantine, and no other", async () => {
  const tower = await createTower();
  const lanes: number[] = [];
  for (let count = 0; count < 12; count++) lanes.push(await tower.subscribe({ organization: `org_${count % 3}` }));
  const killer = lanes[5]!;
  const poison = "evt_37";
  let crash = () => {};
  // What ends a process ends it at once: nothing that was under way beside it is answered any more.
  for (const lane of lanes) {
    tower.network.answer(urlOf(lane), async ({ event, monotonic }) => {
      if (event === poison) {
        crash();
        return new Promise(() => {});
      }
      await new Promise<void>((resolve) => void tower.clock.after(3, resolve));
      return monotonic < 0 ? failed() : ok;
    });
  }
  await tower.dispatcher.start();
  for (const lane of lanes) await tower.ringMany(lane, 3);
  let crashed = new Promise<void>((resolve) => (crash = resolve));
  assert.equal(await tower.ring(killer), poison);
  let crashes = 0;
  for (; crashes < 6; crashes++) {
    const done = (async () => {
      await tower.clock.pass(5 * second);
      await tower.quiet();
    })();
    if ((await Promise.race([crashed.then(() => "crash"), done.then(() => "calm")])) === "calm") break;
    crashed = new Promise<void>((resolve) => (crash = resolve));
    // The old dispatcher lives on in this test, but it owns nothing any more.
    await tower.restart();
  }
  assert.equal(crashes, 3);
  assert.deepEqual(await tower.owed(), []);
  const held = await tower.store.history.deliveries({
    organization: null,
    subscription: null,
    state: "held",
    since: null,
    limit: 100,
    before: null,
  });
  assert.deepEqual(
    held.items.map(({ event, last }) => [event, last?.code]),
    [[poison, "quarantined"]],
  );
});

test("a lane that is barred while an attempt waits for its note loses nothing and sends nothing", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  tower.network.answer(urlOf(lane), () => new Promise(() => {}));
  await tower.dispatcher.start();
  await tower.ringMany(lane, 3);
  tower.network.answer(urlOf(lane), () => ok);
  const before = tower.network.calls.length;
  let full = true;
  tower.fault = (verb) => {
    if (full && verb === "suspect") throw new Error("the disk is full");
  };
  await tower.restart();
  await tower.clock.pass(second);
  assert.equal(tower.dispatcher.snapshot().inFlight, 1);
  tower.change(lane, { state: "disabled" });
  full = false;
  await tower.clock.pass(10 * second);
  assert.equal(tower.network.calls.length, before);
  assert.equal(tower.dispatcher.snapshot().inFlight, 0);
  assert.equal(tower.dispatcher.snapshot().inMemory, 0);
  tower.change(lane, { state: "active" });
  await tower.clock.pass(second);
  await tower.quiet();
  assert.deepEqual(await tower.owed(), []);
});

test("a stop while attempts wait for their notes starts none of them and ends", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  tower.network.answer(urlOf(lane), () => new Promise(() => {}));
  await tower.dispatcher.start();
  await tower.ringMany(lane, 3);
  const before = tower.network.calls.length;
  let full = true;
  tower.fault = (verb) => {
    if (full && verb === "suspect") throw new Error("the disk is full");
  };
  await tower.restart();
  const stopping = tower.dispatcher.stop();
  full = false;
  await tower.clock.pass(10 * second);
  await stopping;
  await calm();
  assert.equal(tower.network.calls.length, before);
  assert.equal((await tower.owed()).length, 3);
});
