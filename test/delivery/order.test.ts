// A lane with order "subject": what is owed about one subject goes one after another, whatever fails, waits, or ends between.

import assert from "node:assert/strict";
import { test } from "node:test";
import { calm } from "../fixtures/steered-clock.ts";
import { failed, ok, outcome } from "./network.ts";
import { createTower, type Tower, type TowerOptions, urlOf } from "./harness.ts";

const second = 1000;
const minute = 60 * second;

/** A dispatcher whose lane 1 keeps order. */
async function inOrder(options: TowerOptions = {}) {
  const tower = await createTower(options);
  await tower.subscribe({ number: 1, order: "subject" });
  await tower.dispatcher.start();
  return tower;
}

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

const sent = ({ network }: Tower): readonly string[] => network.calls.map(({ event }) => event);

test("one delivery of a subject is in flight, and others go beside it", async () => {
  const tower = await inOrder({ settings: { bufferRows: 8 } });
  const warm = await tower.ringAbout(1, "a", "b", "c", "d");
  await tower.quiet();
  assert.equal(tower.settled.length, warm.length);
  const receiver = byHand(tower);
  const [a1, a2, b1, a3, b2] = (await tower.ringAbout(1, "room_a", "room_a", "room_b", "room_a", "room_b")) as string[];
  await tower.quiet();
  assert.deepEqual(receiver.open(), [a1, b1]);
  await receiver.answer(a1!);
  assert.deepEqual(receiver.open(), [b1, a2]);
  await receiver.answer(a2!);
  await receiver.answer(b1!);
  assert.deepEqual(receiver.open(), [a3, b2]);
});

test("a failing delivery holds its subject alone, and steps aside after its last retry", async () => {
  const asides: number[] = [];
  const tower = await inOrder({
    settings: { retryDelays: [minute, minute], breakAfter: 1000, bufferRows: 8 },
    events: { steppedAside: ({ delivery }) => void asides.push(delivery.number) },
  });
  let broken = "evt_1";
  tower.network.answer(urlOf(1), ({ event }) => (event === broken ? failed() : ok));
  const first = await tower.ringAbout(1, "room_a", "room_a", "room_b", "room_a");
  broken = first[0]!;
  await tower.quiet();
  const late = await tower.ringAbout(1, "room_a", "room_b");
  await tower.quiet();
  assert.deepEqual(sent(tower), [first[0], first[2], late[1]]);
  assert.equal(tower.dispatcher.lane(1)!.waitingFor, "nothing_due");
  await tower.clock.pass(minute);
  await tower.quiet();
  assert.deepEqual(sent(tower).slice(3), [broken]);
  assert.deepEqual(asides, []);
  await tower.clock.pass(minute);
  await tower.quiet();
  assert.deepEqual(sent(tower).slice(4), [broken, first[1], first[3], late[0]]);
  assert.equal(asides.length, 1);
});

test("the order outlives a crash, a pause and a back-off", async () => {
  const tower = await inOrder({ settings: { retryDelays: [minute, minute, minute], spreadMs: 0, bufferRows: 4 } });
  tower.network.answer(urlOf(1), () => failed());
  const events = [...(await tower.ringAbout(1, "room_a", "room_a", "room_a", "room_b", "room_b"))];
  await tower.quiet();
  await tower.restart();
  tower.change(1, { paused: { at: 0, by: "key" } });
  events.push(...(await tower.ringAbout(1, "room_b", "room_a")));
  await tower.quiet();
  tower.network.answer(urlOf(1), () => ok);
  tower.network.calls.length = 0;
  tower.change(1, { paused: null });
  await tower.quiet();
  await tower.clock.pass(5 * minute);
  await tower.quiet();
  const inLine = (...places: number[]) => places.map((place) => events[place]);
  const seen = sent(tower);
  assert.deepEqual(
    seen.filter((event) => inLine(0, 1, 2, 6).includes(event)),
    inLine(0, 1, 2, 6),
  );
  assert.deepEqual(
    seen.filter((event) => inLine(3, 4, 5).includes(event)),
    inLine(3, 4, 5),
  );
});

test("a lane whose order is turned off lets all go at once, and one whose order is turned on holds what failed", async () => {
  const tower = await inOrder({ settings: { retryDelays: [minute], breakAfter: 1000 } });
  const receiver = byHand(tower);
  const [a1, a2, a3] = (await tower.ringAbout(1, "room_a", "room_a", "room_a")) as string[];
  await tower.quiet();
  await receiver.answer(a1!, failed());
  assert.deepEqual(receiver.open(), []);
  tower.change(1, { order: "none" });
  await tower.quiet();
  assert.deepEqual(receiver.open(), [a2]);
  await receiver.answer(a2!);
  assert.deepEqual(receiver.open(), [a3]);
  tower.change(1, { order: "subject" });
  await tower.quiet();
  await receiver.answer(a3!, failed());
  await tower.ringAbout(1, "room_a");
  await tower.quiet();
  assert.deepEqual(receiver.open(), []);
});

test("nothing stays behind when the store fails, or its answer is lost after it has written", async () => {
  const tower = await inOrder({ settings: { bufferRows: 4 } });
  let calls = 0;
  const { settle } = tower.ledger;
  // Every second outcome is written, and the dispatcher hears that it was not.
  (tower.ledger as { settle: typeof settle }).settle = async (...given) => {
    await settle(...given);
    if (++calls % 2 === 1) throw new Error("The answer was lost.");
  };
  await tower.ringAbout(1, ...Array.from({ length: 12 }, (_, index) => `room_${index % 3}`));
  for (let round = 0; round < 30; round++) await tower.clock.pass(6 * second);
  await tower.quiet();
  assert.deepEqual(await tower.owed(), []);
});

test("a delivery that was not made for lack of a socket keeps its place", async () => {
  const tower = await inOrder();
  let short = true;
  tower.network.answer(urlOf(1), () => (short ? outcome("local_shortage", { durationMs: 0 }) : ok));
  const events = await tower.ringAbout(1, "room_a", "room_a", "room_a");
  await tower.quiet();
  short = false;
  await tower.clock.pass(5 * second);
  await calm();
  await tower.quiet();
  assert.deepEqual([...new Set(sent(tower))], events);
});
