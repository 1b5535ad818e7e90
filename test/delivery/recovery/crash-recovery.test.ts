import assert from "node:assert/strict";
import { test } from "node:test";
import { deliveryId } from "../../../src/model/delivery.ts";
import { keepAll } from "../../contract/samples.ts";
import { calm } from "../../fixtures/steered-clock.ts";
import { failed, ok, shortage } from "../network.ts";
import { createTower, type Tower, urlOf } from "../harness.ts";

const second = 1000;
const hour = 3_600_000;

/** Deliveries that were noted so far, in order. */
function watchNotes(tower: Tower): string[] {
  const noted: string[] = [];
  tower.fault = (verb, deliveries = []) => void (verb === "markStarted" && noted.push(...deliveries.map(deliveryId)));
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

test("after a crash what may have been under way is tried one at a time in a lane, each marked before it begins, and nothing else is", async () => {
  const tower = await createTower();
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
  tower.network.open.clear();
  tower.network.answer(urlOf(lane), async () => {
    await new Promise<void>((resolve) => void tower.clock.after(100, resolve));
    return ok;
  });
  let [careful, widest] = [0, 0];
  tower.network.onStart = ({ url, delivery }) => {
    widest = Math.max(widest, tower.network.open.get(url)!);
    if (!noted.includes(delivery)) return;
    careful++;
    assert.equal(noted.at(-1), delivery, "noted just before, and no other since");
  };
  await tower.restart();
  await tower.ringMany(lane, 100);
  for (let passed = 0; passed < 10 * second; passed += 100) await tower.clock.pass(100);
  assert.deepEqual(noted.slice(0, 8), stuck);
  assert.equal(
    careful,
    16,
    "twice a lane's width, for those that were accepted in the same moment; that took over 1 s",
  );
  assert.equal(widest, 8, "what needs no care goes on as ever");
  assert.deepEqual(await tower.owed(), []);
});

test("retries that may have been under way are tried with care as well, also behind new events", async () => {
  const tower = await createTower({ settings: { breakAfter: 100 } });
  const lane = await tower.subscribe();
  tower.network.answer(urlOf(lane), ({ attempt }) => (attempt === 1 ? failed() : new Promise(() => {})));
  await tower.dispatcher.start();
  await tower.ringMany(lane, 4);
  await tower.clock.pass(6 * second);
  assert.equal(tower.network.calls.filter(({ attempt }) => attempt === 2).length, 1, "one is under way, three wait");
  tower.network.answer(urlOf(lane), () => ok);
  const noted = watchNotes(tower);
  await tower.restart();
  await tower.ringMany(lane, 20);
  await tower.quiet();
  assert.equal(noted.length, 4);
  assert.deepEqual(await tower.owed(), []);
});

/** Lanes of which one is owed a delivery that ends the process; the others are answered after 3 ms. */
async function withPoison(lanes: number) {
  // Outcomes wait for their group, as they do in a server: the one before is not written yet when the next is tried.
  const tower = await createTower({ settings: { settleEveryMs: 10 } });
  const numbers: number[] = [];
  for (let count = 0; count < lanes; count++) numbers.push(await tower.subscribe({ organization: `org_${count % 3}` }));
  const poison = `evt_${3 * lanes + 1}`;
  let crashed = false;
  for (const lane of numbers) {
    tower.network.answer(urlOf(lane), async ({ event }) => {
      // What ends a process ends it at once: nothing that was under way beside it is answered any more.
      if (event === poison) {
        crashed = true;
        return new Promise(() => {});
      }
      await new Promise<void>((resolve) => void tower.clock.after(3, resolve));
      return ok;
    });
  }
  await tower.dispatcher.start();
  for (const lane of numbers) await tower.ringMany(lane, 3);
  assert.equal(await tower.ring(numbers[lanes >> 1]!), poison);
  return {
    tower,
    poison,
    /** Lets time pass until the process ends; false: it does not any more. */
    async goesOn(): Promise<boolean> {
      for (let ms = 0; ms < 500 && !crashed; ms++) await tower.clock.pass(1);
      return !crashed;
    },
    /** The old dispatcher lives on, but it owns nothing any more. */
    restart(): Promise<void> {
      crashed = false;
      return tower.restart();
    },
  };
}

const heldOf = async ({ store }: Tower) => {
  const page = { organization: null, subscription: null, since: null, limit: 100, before: null };
  const { items } = await store.history.deliveries({ ...page, state: "held" });
  return items.map(({ event, last }) => [event, last?.code]);
};

test("the third end of the process under one delivery puts that one into quarantine, and no other", async () => {
  const { tower, poison, goesOn, restart } = await withPoison(12);
  let ends = 0;
  while (!(await goesOn())) {
    assert.ok(++ends <= 3, "the third end is the last");
    void restart();
  }
  assert.equal(ends, 3);
  assert.deepEqual(await tower.owed(), []);
  assert.deepEqual(await heldOf(tower), [[poison, "quarantined"]]);
});

test("a delivery that ends the process behind many whose outcomes were not written yet is marked at the next start", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  const before = await tower.ringMany(lane, 60);
  await tower.quiet();
  const poison = "evt_101";
  tower.network.answer(urlOf(lane), ({ event }) => (event === poison ? new Promise(() => {}) : ok));
  tower.fault = (verb) => (verb === "settle" ? new Promise(() => {}) : undefined);
  const unwritten = await tower.ringMany(lane, 40);
  assert.equal(await tower.ring(lane), poison);
  await tower.quiet();
  assert.equal(before.length + unwritten.length + 1, tower.network.calls.length);
  const { delivery } = tower.network.calls.at(-1)!;
  const noted = watchNotes(tower);
  await tower.restart();
  await tower.quiet();
  assert.equal(noted.length, 41, "five times the width of the lane, and it ended all of them in no time");
  assert.equal(noted.at(-1), delivery);
});

test("kills that hit whatever is under way convict nobody, however often they come", async () => {
  const tower = await createTower();
  const lanes: number[] = [];
  for (let count = 0; count < 6; count++) lanes.push(await tower.subscribe());
  // Slower than the kills come: the same deliveries are under way each time.
  let answers = false;
  for (const lane of lanes) {
    tower.network.answer(urlOf(lane), () => (answers ? ok : new Promise(() => {})));
  }
  await tower.dispatcher.start();
  for (const lane of lanes) await tower.ringMany(lane, 10);
  for (let kill = 0; kill < 8; kill++) {
    const restarting = tower.restart();
    await tower.clock.pass(8 * second);
    await restarting;
    assert.deepEqual(await heldOf(tower), []);
  }
  answers = true;
  await tower.restart();
  await tower.clock.pass(20 * second);
  await tower.quiet();
  assert.deepEqual(await tower.owed(), []);
});

test("suspects are tried alone before anything else goes on, and a start waits for them only so long", async () => {
  const tower = await createTower();
  const lanes: number[] = [];
  for (let count = 0; count < 6; count++) lanes.push(await tower.subscribe());
  for (const lane of lanes) tower.network.answer(urlOf(lane), () => new Promise(() => {}));
  await tower.dispatcher.start();
  for (const lane of lanes) await tower.ringMany(lane, 3);
  await tower.restart();
  await tower.quiet();
  const before = tower.network.calls.length;
  assert.equal(before, 12, "noted now, one of each lane");
  let started = false;
  const restarting = tower.restart().then(() => (started = true));
  for (let alone = 1; alone <= 3; alone++) {
    await calm();
    assert.equal(tower.network.calls.length, before + alone);
    assert.equal(started, false);
    await tower.clock.pass(second);
  }
  await restarting;
  await tower.quiet();
  assert.equal(tower.network.calls.length, before + 6);
});

test("suspects that hang take no more slots than slow attempts may", async () => {
  const tower = await createTower({ settings: { caps: { subscription: 4, organization: 64, host: 64, overall: 4 } } });
  const lanes: number[] = [];
  for (let count = 0; count < 4; count++) lanes.push(await tower.subscribe());
  const hangAfter = (answers: number) => {
    for (const lane of lanes) {
      let left = answers;
      tower.network.answer(urlOf(lane), () => (left-- > 0 ? ok : new Promise(() => {})));
    }
  };
  hangAfter(0);
  await tower.dispatcher.start();
  for (const lane of lanes) await tower.ringMany(lane, 3);
  hangAfter(1);
  await tower.restart();
  await tower.quiet();
  assert.equal(tower.dispatcher.snapshot().inFlight, 4, "lanes that were quick may take all");
  hangAfter(0);
  const restarting = tower.restart();
  await tower.clock.pass(4 * second);
  await restarting;
  await tower.quiet();
  assert.equal(tower.dispatcher.snapshot().inFlight, 2, "half of the slots");
});

test("an attempt with care that finds no socket is noted once, and one end of the process convicts nobody", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  tower.network.answer(urlOf(lane), () => new Promise(() => {}));
  await tower.dispatcher.start();
  await tower.ring(lane);
  let tries = 0;
  tower.network.answer(urlOf(lane), () => (++tries < 3 ? shortage : new Promise(() => {})));
  const noted = watchNotes(tower);
  const restarting = tower.restart();
  await tower.clock.pass(4 * second);
  await restarting;
  assert.equal(tries, 3);
  assert.equal(noted.length, 1);
  tower.network.answer(urlOf(lane), () => ok);
  await tower.restart();
  await tower.quiet();
  assert.deepEqual(await heldOf(tower), []);
  assert.deepEqual(await tower.owed(), []);
});

test("a marked attempt waits for none that runs already, and its lane starts nothing beside it", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe({ lane: { maxInFlight: 4, retryDelays: [5 * second] } });
  await tower.dispatcher.start();
  tower.network.answer(urlOf(lane), () => failed());
  await tower.ring(lane);
  await tower.quiet();
  const suspect = tower.network.calls[0]!.delivery;
  const noted = watchNotes(tower);
  tower.network.answer(urlOf(lane), () => ok);
  await tower.restart();
  await tower.ringMany(lane, 3);
  await tower.quiet();
  tower.network.answer(urlOf(lane), () => new Promise(() => {}));
  await tower.ring(lane);
  await tower.clock.pass(7 * second);
  await tower.quiet();
  assert.deepEqual(noted, [suspect]);
  assert.equal(tower.network.calls.at(-1)!.delivery, suspect, "beside one that hangs");
  assert.equal(tower.dispatcher.snapshot().inFlight, 2);
  await tower.ringMany(lane, 3);
  await tower.quiet();
  assert.equal(tower.dispatcher.snapshot().inFlight, 2);
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
    if (full && verb === "markStarted") throw new Error("the disk is full");
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
    if (full && verb === "markStarted") throw new Error("the disk is full");
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

test("what has expired before it could be marked is not sent, and what is in line behind it is", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe({ order: "subject" });
  tower.network.answer(urlOf(lane), () => new Promise(() => {}));
  await tower.dispatcher.start();
  await tower.ringAbout(lane, "room_1");
  await tower.clock.pass(hour);
  const next = await tower.ringAbout(lane, "room_1");
  const before = tower.network.calls.length;
  tower.network.answer(urlOf(lane), () => ok);
  let full = true;
  tower.fault = (verb) => {
    if (full && verb === "markStarted") throw new Error("the disk is full");
  };
  await tower.restart();
  await tower.clock.pass(second);
  assert.equal(tower.dispatcher.snapshot().inFlight, 1, "it waits for its mark");
  const keep = { ...keepAll, events: tower.clock.now() - hour / 2 };
  const pruned = await tower.store.ledger.prune(tower.dispatcher.epoch(), keep, tower.clock.now(), second);
  assert.equal(pruned.expired, 1);
  tower.dispatcher.expired(pruned.lanes);
  full = false;
  await tower.clock.pass(10 * second);
  await tower.quiet();
  assert.deepEqual(
    tower.network.calls.slice(before).map(({ event }) => event),
    next,
  );
  assert.equal(tower.dispatcher.snapshot().inMemory, 0);
});
