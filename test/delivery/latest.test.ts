// A lane with mode "latest": of the states of a subject that wait the newest alone goes out, whatever held the lane up.

import assert from "node:assert/strict";
import { test } from "node:test";
import { failed, ok } from "./network.ts";
import { createTower, type Tower, type TowerOptions, urlOf } from "./harness.ts";

const second = 1000;
const minute = 60 * second;

/** A dispatcher whose lane 1 wants the latest states only. */
async function latestOnly(options: TowerOptions = {}) {
  let superseded = 0;
  const events = { superseded: (_: unknown, count: number) => void (superseded += count) };
  const tower = await createTower({ events, ...options });
  await tower.subscribe({ number: 1, mode: "latest" });
  await tower.dispatcher.start();
  return { tower, superseded: () => superseded };
}

const sent = ({ network }: Tower): readonly string[] => network.calls.map(({ event }) => event);

/** From now on the receiver of lane 1 answers only when it is told: by the id of an event. */
function byHand(tower: Tower) {
  const open = new Map<string, (result: typeof ok) => void>();
  tower.network.answer(urlOf(1), ({ event }) => new Promise((resolve) => open.set(event, resolve)));
  return {
    open: () => [...open.keys()],
    async answer(event: string, result = ok) {
      open.get(event)?.(result);
      open.delete(event);
      await tower.quiet();
    },
  };
}

test("what waits while a receiver is slow is superseded by what comes, what is in flight is not", async () => {
  const { tower, superseded } = await latestOnly();
  const receiver = byHand(tower);
  const [first] = await tower.ringAbout(1, "room_a");
  await tower.quiet();
  await tower.ringAbout(1, "room_a", "room_b", "room_b", "room_a");
  const last = await tower.ringAbout(1, "room_b", "room_a");
  await tower.quiet();
  assert.deepEqual(receiver.open(), [first]);
  assert.equal(superseded(), 4);
  await receiver.answer(first!);
  assert.deepEqual(receiver.open().toSorted(), last.toSorted());
  for (const event of last) await receiver.answer(event);
  assert.deepEqual(await tower.owed(), []);
});

test("after an outage a room has one delivery, its newest state", async () => {
  const { tower, superseded } = await latestOnly({ settings: { breakAfter: 2 } });
  tower.network.answer(urlOf(1), () => failed());
  let last: readonly string[] = [];
  for (let round = 0; round < 20; round++) {
    last = await tower.ringAbout(1, "room_a", "room_b", "room_a", "room_b");
    await tower.clock.pass(second);
    await tower.quiet();
  }
  const failures = tower.network.calls.length;

  tower.network.answer(urlOf(1), () => ok);
  await tower.clock.pass(60 * minute);
  await tower.quiet();
  assert.deepEqual(sent(tower).slice(failures).toSorted(), last.slice(2).toSorted());
  assert.equal(superseded(), 78);
});

test("a backlog of a paused subscription stays as small as what it tells of", async () => {
  const { tower, superseded } = await latestOnly();
  tower.change(1, { paused: { at: 0, by: "key" } });
  const rings = Array.from({ length: 3_000 }, (_, index) => `room_${index % 3}`);
  await tower.ringAbout(1, ...rings);
  for (let round = 0; round < 5; round++) await tower.clock.pass(second);
  assert.equal(superseded(), 2_997);
  tower.change(1, { paused: null });
  await tower.quiet();
  assert.equal(tower.network.calls.length, 3);
});

test("one that fails while a newer one waits is not tried again", async () => {
  const { tower } = await latestOnly({ settings: { breakAfter: 1000 } });
  const receiver = byHand(tower);
  const [first] = await tower.ringAbout(1, "room_a");
  await tower.quiet();
  const [second] = await tower.ringAbout(1, "room_a");
  await tower.quiet();
  await receiver.answer(first!, failed());
  assert.deepEqual(receiver.open(), [second]);
  await receiver.answer(second!);
  await tower.clock.pass(10 * minute);
  assert.deepEqual(sent(tower), [first, second]);
});

test("a crash between superseding and the outcome of the newest loses nothing", async () => {
  const { tower } = await latestOnly({ settings: { spreadMs: 0 } });
  const receiver = byHand(tower);
  await tower.ringAbout(1, "room_a");
  await tower.quiet();
  const [, newest] = await tower.ringAbout(1, "room_a", "room_a");
  await tower.quiet();
  await receiver.answer(receiver.open()[0]!);
  assert.deepEqual(receiver.open(), [newest]);
  tower.network.calls.length = 0;
  tower.network.answer(urlOf(1), () => ok);
  await tower.restart();
  await tower.clock.pass(minute);
  await tower.quiet();
  assert.deepEqual(sent(tower), [newest]);
});

test("a subscription that turns to the latest states sends the newest of what waits", async () => {
  const tower = await createTower();
  await tower.subscribe({ number: 1, paused: { at: 0, by: "key" } });
  await tower.dispatcher.start();
  const events = await tower.ringAbout(1, "room_a", "room_a", "room_b", "room_a");
  tower.change(1, { mode: "latest", paused: null });
  await tower.quiet();
  assert.deepEqual(sent(tower).toSorted(), [events[2], events[3]]);
});

/** Of each request its number, and those that it says were superseded. */
const numbers = ({ network }: Tower): readonly (readonly [string, string])[] =>
  network.calls.map(({ request }) => {
    const headers = new Map(request.headers);
    return [headers.get("belfry-sequence") ?? "", headers.get("belfry-sequence-skipped") ?? ""];
  });

test("the next delivery names the numbers before it that were superseded, until one that named them has succeeded", async () => {
  const { tower } = await latestOnly();
  tower.change(1, { paused: { at: 0, by: "key" } });
  await tower.ringAbout(1, "room_a", "room_b", "room_a", "room_b", "room_c", "room_a", "room_b");
  await tower.clock.pass(second);
  tower.network.answer(urlOf(1), ({ attempt }) => (attempt === 1 ? failed() : ok));
  tower.change(1, { paused: null });
  await tower.clock.pass(minute);
  await tower.quiet();
  assert.deepEqual(numbers(tower).slice(0, 3), [
    ["5", "1-4"],
    ["6", "1-4"],
    ["7", "1-4"],
  ]);
  const again = numbers(tower).slice(3);
  assert.deepEqual(again.map(([number]) => number).toSorted(), ["5", "6", "7"]);
  assert.deepEqual(
    again.map(([, skipped]) => skipped).filter((skipped) => skipped !== ""),
    ["1-4"],
    "once is enough",
  );
  tower.network.answer(urlOf(1), () => ok);
  await tower.ringAbout(1, "room_a");
  await tower.quiet();
  assert.deepEqual(numbers(tower).at(-1), ["8", ""]);
});

test("what is in flight when a lane comes to want the latest only keeps its result, and the newest goes after it", async () => {
  for (const isPaused of [false, true]) {
    const { tower, superseded } = await latestOnly();
    await tower.ringAbout(1, "room_z");
    await tower.quiet();
    tower.change(1, { mode: "all", paused: { at: 0, by: "key" } });
    const receiver = byHand(tower);
    // They are read from the disk, as a lane that waited for its receiver is.
    const [a] = await tower.ringAbout(1, "room_a");
    tower.change(1, { paused: null });
    await tower.quiet();
    assert.deepEqual(receiver.open(), [a]);
    tower.change(1, { mode: "latest", paused: isPaused ? { at: 0, by: "key" } : null });
    const [, newer, other] = await tower.ringAbout(1, "room_a", "room_a", "room_b");
    await tower.clock.pass(second);
    await tower.quiet();
    assert.deepEqual(receiver.open(), [a], "nothing goes beside it: nobody knows of what state it is");
    assert.equal(superseded(), 0);
    if (!isPaused) assert.equal(tower.dispatcher.lane(1)?.waitingFor, "loading");
    await receiver.answer(a!);
    tower.change(1, { paused: null });
    await tower.quiet();
    assert.deepEqual(receiver.open().toSorted(), [newer, other].toSorted());
    assert.equal(superseded(), 1);
    const query = { organization: null, subscription: null, state: null, since: null, limit: 10, before: null };
    const { items } = await tower.store.history.deliveries(query);
    assert.equal(items.find(({ event }) => event === a)?.state, "delivered");
  }
});
