import assert from "node:assert/strict";
import { test } from "node:test";
import { OwnershipLost } from "../../src/store/ownership.ts";
import { calm } from "../fixtures/steered-clock.ts";
import { failed, ok } from "./network.ts";
import { createTower, urlOf } from "./harness.ts";
import { until } from "../fixtures/until.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

test("a new dispatcher on the same store goes on with what is owed and sends nothing again that was delivered", async () => {
  const tower = await createTower();
  const quick = await tower.subscribe();
  const slow = await tower.subscribe();
  tower.network.answer(urlOf(slow), () => new Promise(() => {}));
  await tower.dispatcher.start();
  const delivered = await tower.ringMany(quick, 20);
  const interrupted = await tower.ringMany(slow, 20);
  await tower.quiet();
  tower.network.answer(urlOf(slow), () => ok);
  const before = tower.network.calls.length;
  await tower.restart();
  await tower.quiet();
  const again = tower.network.calls.slice(before).map(({ event }) => event);
  assert.deepEqual(again, interrupted);
  assert.ok(again.every((event) => !delivered.includes(event)));
  assert.deepEqual(await tower.owed(), []);
});

test("after a start, overdue retries are spread while first attempts go at once", async () => {
  const tower = await createTower({ settings: { breakAfter: 100 } });
  const lane = await tower.subscribe({ lane: { maxInFlight: 64, retryDelays: null } });
  tower.network.answer(urlOf(lane), () => failed());
  await tower.dispatcher.start();
  await tower.ringMany(lane, 50);
  await tower.quiet();
  assert.equal(tower.network.calls.length, 50);
  await tower.dispatcher.stop();
  await tower.clock.pass(hour);
  tower.network.answer(urlOf(lane), () => ok);
  const first = await (async () => {
    await tower.restart();
    return tower.ring(lane);
  })();
  await tower.clock.pass(1);
  const early = tower.network.calls.slice(50);
  assert.ok(early.some(({ event }) => event === first));
  assert.ok(early.length < 10, `${early.length} at once`);
  await tower.clock.pass(61 * second);
  assert.deepEqual(await tower.owed(), []);
});

test("a retry of a subscription with a longer schedule than all others keeps its time over a restart", async () => {
  const tower = await createTower({ settings: { retryDelays: [hour], retryAfterMostMs: hour } });
  const lane = await tower.subscribe({ lane: { maxInFlight: null, retryDelays: [6 * day] } });
  tower.network.answer(urlOf(lane), () => failed());
  await tower.dispatcher.start();
  await tower.ring(lane);
  await tower.quiet();
  await tower.restart();
  const [delivery] = await tower.owed();
  assert.ok(delivery!.due > tower.clock.now() + 4 * day);
});

test("the old dispatcher stops at once when another owner has taken over", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  await tower.ring(lane);
  const { dispatcher: old } = tower;
  const answers: (() => void)[] = [];
  tower.network.answer(urlOf(lane), () => new Promise((resolve) => answers.push(() => resolve(ok))));
  await tower.ring(lane);
  await tower.restart();
  const before = tower.network.calls.length;
  answers.shift()!();
  await calm();
  assert.ok(tower.failures[0] instanceof OwnershipLost);
  assert.equal(old.snapshot().running, false);
  assert.equal(old.reserve(lane), false);
  assert.equal(tower.network.calls.length, before);
  await old.stop();
});

test("a disabled subscription gets nothing more from the moment it is announced, and everything after it is enabled again", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe({ lane: { maxInFlight: 1, retryDelays: null } });
  const answers: (() => void)[] = [];
  tower.network.answer(urlOf(lane), () => new Promise((resolve) => answers.push(() => resolve(ok))));
  await tower.dispatcher.start();
  const accepted = [...(await tower.ringMany(lane, 300))];
  tower.change(lane, { state: "disabled" });
  const before = tower.network.calls.length;
  answers.shift()!();
  await tower.clock.pass(hour);
  accepted.push(...(await tower.ringMany(lane, 3)));
  await tower.clock.pass(hour);
  assert.equal(tower.network.calls.length, before);
  assert.equal(tower.dispatcher.snapshot().inMemory, 0);
  tower.network.answer(urlOf(lane), () => ok);
  tower.change(lane, { state: "active" });
  await until("all that was accepted", () => tower.network.calls.length >= accepted.length);
  assert.deepEqual(
    tower.network.calls.map(({ event }) => event),
    accepted,
  );
});

test("a removed subscription gets nothing more, and what it was owed is cancelled in slices", async () => {
  const tower = await createTower({ settings: { cancelSlice: 100 } });
  const lane = await tower.subscribe();
  const other = await tower.subscribe();
  tower.network.answer(urlOf(lane), () => "hang");
  await tower.dispatcher.start();
  await tower.ringMany(lane, 450);
  const before = tower.network.calls.length;
  let slices = 0;
  tower.fault = (verb) => void (verb === "cancel" && slices++);
  tower.remove(lane);
  await calm();
  assert.equal(slices, 5);
  await tower.ring(other);
  await tower.clock.pass(hour);
  assert.equal(tower.network.calls.length, before + 1);
  assert.deepEqual(await tower.owed(), []);
  assert.equal(tower.dispatcher.snapshot().lanes, 1);
});

test("a removal that a kill interrupted is finished at the next start", async () => {
  const tower = await createTower({ settings: { cancelSlice: 100 } });
  const lane = await tower.subscribe();
  tower.network.answer(urlOf(lane), () => "hang");
  await tower.dispatcher.start();
  await tower.ringMany(lane, 450);
  const before = tower.network.calls.length;
  tower.subscriptions.delete(lane);
  await tower.restart();
  await calm();
  assert.equal(tower.network.calls.length, before);
  assert.deepEqual(await tower.owed(), []);
});

test("a stop starts nothing new, lets attempts in flight end, books them, and then resolves", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe({ lane: { maxInFlight: 1, retryDelays: null } });
  const answers: (() => void)[] = [];
  tower.network.answer(urlOf(lane), () => new Promise((resolve) => answers.push(() => resolve(ok))));
  await tower.dispatcher.start();
  await tower.ringMany(lane, 3);
  let ended = false;
  const stopping = tower.dispatcher.stop().then(() => (ended = true));
  await tower.clock.pass(2 * second);
  assert.equal(ended, false);
  answers.shift()!();
  await stopping;
  assert.equal(tower.network.calls.length, 1);
  assert.equal(tower.settled.length, 1);
  assert.equal((await tower.owed()).length, 2);
  assert.equal(tower.clock.timers(), 0);
});

test("a stop waits for an attempt no longer than it is told to; what did not end stays owed", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  tower.network.answer(urlOf(lane), () => new Promise(() => {}));
  await tower.dispatcher.start();
  await tower.ring(lane);
  let ended = false;
  const stopping = tower.dispatcher.stop().then(() => (ended = true));
  await tower.clock.pass(20 * second - 1);
  assert.equal(ended, false);
  await tower.clock.pass(1);
  await stopping;
  assert.equal((await tower.owed()).length, 1);
});

test("while outcomes cannot be written nothing more is started, nothing is lost and nothing is sent twice", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  const first = await tower.ringMany(lane, 10);
  await tower.quiet();
  let broken = true;
  tower.fault = (verb) => {
    if (broken && verb === "settle") throw new Error("the disk is full");
  };
  const accepted = [...first, ...(await tower.ringMany(lane, 40))];
  await tower.clock.pass(minute);
  const underWay = tower.network.calls.length - first.length;
  assert.ok(underWay <= 8, `${underWay} were started`);
  assert.equal(tower.dispatcher.snapshot().settling, underWay);
  broken = false;
  await tower.clock.pass(10 * second);
  await tower.quiet();
  assert.deepEqual(
    tower.network.calls.map(({ event }) => event),
    accepted,
  );
  assert.deepEqual(await tower.owed(), []);
});

test("reads and parking that fail for a while are made good", async () => {
  const tower = await createTower({ settings: { bufferRows: 8 } });
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  let calls = 0;
  tower.fault = (verb) => {
    if ((verb === "readDue" || verb === "spill") && calls++ % 2 === 0) throw new Error("busy");
  };
  const accepted = await tower.ringMany(lane, 60);
  tower.change(lane, { state: "disabled" });
  await tower.clock.pass(second);
  tower.change(lane, { state: "active" });
  await tower.clock.pass(minute);
  assert.deepEqual(
    tower.network.calls.map(({ event }) => event),
    accepted,
  );
  assert.deepEqual(await tower.owed(), []);
});

/** Chance that lies as far apart as it can, and is the same in every run. */
function evenChance(): () => number {
  let chance = 0;
  return () => (chance = (chance + (Math.sqrt(5) - 1) / 2) % 1);
}

for (const jump of [day, -day]) {
  test(`a wall clock that jumps by ${jump > 0 ? "a day ahead" : "a day back"} neither floods nor stalls`, async () => {
    const tower = await createTower({ fraction: evenChance() });
    const lanes: number[] = [];
    for (let lane = 0; lane < 40; lane++) lanes.push(await tower.subscribe());
    for (const lane of lanes) tower.network.answer(urlOf(lane), () => failed());
    await tower.dispatcher.start();
    for (const lane of lanes) await tower.ring(lane);
    await tower.clock.pass(10 * second);
    assert.equal(tower.network.calls.length, 80);
    tower.clock.jump(jump);
    await tower.clock.pass(second);
    assert.ok(tower.network.calls.length <= 85, "no flood");
    // What is accepted after the jump is sent at once, through memory and through the disk.
    const fresh = await tower.subscribe();
    const accepted = await tower.ringMany(fresh, 400);
    await tower.quiet();
    assert.equal(tower.network.calls.filter(({ event }) => accepted.includes(event)).length, 400);
    for (const lane of lanes) tower.network.answer(urlOf(lane), () => ok);
    // Due five minutes, ± 20 %, after the second attempt, or within a minute if time has leapt.
    await tower.clock.pass(jump > 0 ? 2 * minute : 7 * minute);
    assert.deepEqual(await tower.owed(), []);
  });
}

test("a subscription that points elsewhere now is called there, under its new secret and host", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  await tower.ring(lane);
  const before = tower.subscriptions.get(lane)!;
  tower.change(lane, { endpoint: { ...before.endpoint, url: "https://elsewhere.example/" } });
  await tower.ring(lane);
  assert.deepEqual(
    tower.network.calls.map(({ url }) => url),
    [urlOf(lane), "https://elsewhere.example/"],
  );
});

test("a lane that is removed while its rows are on the way to memory, to the disk or back is forgotten", async () => {
  const tower = await createTower({ settings: { unloadMs: 0 } });
  const [waiting, promised, released] = [await tower.subscribe(), await tower.subscribe(), await tower.subscribe()];
  tower.network.answer(urlOf(waiting), () => failed(503));
  await tower.dispatcher.start();
  // Its rows are being parked.
  await tower.ringMany(waiting, 20);
  tower.remove(waiting);
  // Its places are given back after it has gone.
  assert.equal(tower.dispatcher.reserve(promised), true);
  assert.equal(tower.dispatcher.reserve(released), true);
  tower.remove(promised);
  tower.remove(released);
  const event = {
    number: 0,
    id: "evt_x",
    dialect: "butlr",
    type: "X",
    body: "{}",
    revision: 0,
    previous: null,
  } as const;
  const untried = { class: "live", variant: 0, attempts: 0, due: 0, createdAt: 0, sequence: null } as const;
  const row = { lane: promised, ...untried, event } as const;
  tower.dispatcher.enqueue({ number: 9999, ...row });
  tower.dispatcher.release(released);
  await tower.clock.pass(hour);
  assert.equal(tower.dispatcher.snapshot().lanes, 0);
  assert.deepEqual(await tower.owed(), []);
});

test("a stop that comes while the start still waits for the store wins", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  const starting = tower.dispatcher.start();
  await tower.dispatcher.stop();
  await starting;
  assert.equal(tower.dispatcher.reserve(lane), false);
  await tower.ring(lane);
  await tower.clock.pass(hour);
  assert.equal(tower.network.calls.length, 0);
  assert.equal(tower.dispatcher.snapshot().running, false);
  assert.equal((await tower.owed()).length, 1);
});
