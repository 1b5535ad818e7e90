// What waits in a lane in three classes: live deliveries before retries before replays, and none of them starves.

import assert from "node:assert/strict";
import { test } from "node:test";
import { calm } from "../fixtures/steered-clock.ts";
import { failed, ok } from "./network.ts";
import { createTower, type Tower, urlOf } from "./harness.ts";

const second = 1000;
const minute = 60 * second;

/** From now on the receiver of the lane answers when it is told to, one request at a time. */
function answerByHand({ network }: Tower, lane: number): () => Promise<void> {
  const open: (() => void)[] = [];
  network.answer(urlOf(lane), () => new Promise((resolve) => open.push(() => resolve(ok))));
  return async () => {
    open.shift()?.();
    await calm();
  };
}

/** Sends a live event to the lane; returns at which start of the lane from then on it was attempted. */
async function startsUntilLive(tower: Tower, lane: number, answerOne: () => Promise<void>): Promise<number> {
  const { calls } = tower.network;
  const before = calls.length;
  const id = await tower.ring(lane);
  const isIt = ({ event, url }: (typeof calls)[number]) => event === id && url === urlOf(lane);
  for (let answers = 0; answers < 200 && !calls.slice(before).some(isIt); answers++) await answerOne();
  return calls.slice(before).findIndex(isIt) + 1;
}

test("a live event sent while a hundred thousand replays wait in its lane is attempted within the next ten starts of it", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  const event = await tower.ring(lane);
  await tower.replay(lane, event, 100_000);
  await calm();
  assert.ok(tower.network.calls.length > 10, "replays are under way");
  let answerOne = answerByHand(tower, lane);
  while (tower.network.inFlight() < 4) await calm();
  for (let round = 0; round < 40; round++) {
    const starts = await startsUntilLive(tower, lane, answerOne);
    assert.ok(starts > 0 && starts <= 2, `event ${round} was attempted at start ${starts}`);
    for (let more = 0; more < round % 7; more++) await answerOne();
  }
  assert.ok(tower.dispatcher.snapshot().inMemory <= 256 + 4);

  // The same of an owner that has crashed: all are on the disk then.
  answerOne = answerByHand(tower, lane);
  await tower.restart();
  await tower.clock.pass(20 * second);
  for (let round = 0; round < 10; round++) {
    const starts = await startsUntilLive(tower, lane, answerOne);
    assert.ok(starts > 0 && starts <= 2, `event ${round} after the crash was attempted at start ${starts}`);
  }
});

test("three thousand resends to one lane keep the next live event from none of its next starts but one", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  const event = await tower.ring(lane);
  const answerOne = answerByHand(tower, lane);
  await tower.resend(event, 3_000);
  for (let round = 0; round < 20; round++) {
    assert.ok((await startsUntilLive(tower, lane, answerOne)) <= 2);
  }
});

test("a live delivery that fails is a retry, and waits behind live ones; a replay that fails waits behind retries", async () => {
  const tower = await createTower({ settings: { caps: { subscription: 1, organization: 9, host: 9, overall: 9 } } });
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  const first = await tower.ring(lane);
  tower.network.answer(urlOf(lane), () => failed(400));
  const retried = await tower.ring(lane);
  await tower.replay(lane, first, 2);
  assert.equal(tower.network.calls.length, 4);
  const answerOne = answerByHand(tower, lane);
  const blocking = await tower.ring(lane);
  await tower.clock.pass(10 * second);
  const live = await tower.ring(lane);
  const before = tower.network.calls.length;
  for (let each = 0; each < 5; each++) await answerOne();
  assert.equal(tower.network.calls[before - 1]?.event, blocking);
  assert.deepEqual(
    tower.network.calls.slice(before).map(({ event, attempt }) => [event, attempt]),
    [
      [live, 1],
      [retried, 2],
      [first, 2],
      [first, 2],
    ],
  );
});

test("in a lane where all three classes wait, each goes on: nine of ten starts are live, and retries and replays share the tenth", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  const event = await tower.ring(lane);
  const answerOne = answerByHand(tower, lane);
  await tower.resend(event, 400);
  await tower.replay(lane, event, 400);
  const ids = new Set(await tower.ringMany(lane, 400));
  const before = tower.network.calls.length;
  for (let each = 0; each < 400; each++) await answerOne();
  const starts = tower.network.calls.slice(before, before + 300);
  const lives = starts.filter((call) => ids.has(call.event)).length;
  assert.ok(lives >= 265 && lives <= 275, `${lives} of 300 starts were live`);
  const rows = await tower.owed();
  const waiting = (ofClass: string) => rows.filter((row) => row.class === ofClass).length;
  const [retries, replays] = [400 - waiting("retry"), 400 - waiting("replay")];
  assert.ok(retries >= 12 && replays >= 12, `${retries} retries and ${replays} replays went on`);
});

test("lanes with live work go before lanes that have retries or replays only, which share one start in five", async () => {
  const caps = { subscription: 4, organization: 1_000, host: 1_000, overall: 1 };
  const tower = await createTower({ settings: { caps } });
  const lanes = [await tower.subscribe(), await tower.subscribe({ organization: "org_2" }), await tower.subscribe()];
  const [live, retries, replays] = lanes as [number, number, number];
  await tower.dispatcher.start();
  const answers: (() => void)[] = [];
  const events: string[] = [];
  for (const lane of lanes) events.push(await tower.ring(lane));
  for (const lane of lanes) {
    tower.network.answer(urlOf(lane), () => new Promise((resolve) => answers.push(() => resolve(ok))));
  }
  await tower.replay(replays, events[2]!, 300);
  await tower.resend(events[1]!, 300);
  await tower.ringMany(live, 200);
  await calm();
  const before = tower.network.calls.length;
  for (let turn = 0; turn < 400; turn++) {
    answers.shift()?.();
    await calm();
  }
  const starts = tower.network.calls.slice(before, before + 200);
  const of = (lane: number) => starts.filter(({ url }) => url === urlOf(lane)).length;
  assert.ok(of(live) >= 155, `${of(live)} of ${starts.length} starts were live`);
  assert.ok(of(retries) >= 15 && of(replays) >= 15, `${of(retries)} were retries, ${of(replays)} replays`);
});

test("replays survive a pause, a stop and a removal of their subscription as replays", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  const event = await tower.ring(lane);
  tower.network.answer(urlOf(lane), () => failed(503, { retryAfterMs: 5 * minute }));
  await tower.replay(lane, event, 600);
  await tower.clock.pass(second);
  assert.equal(tower.dispatcher.snapshot().inMemory, 0, "a lane that waits for long gives its memory back");
  assert.ok((await tower.owed()).every((row) => row.class === "replay"));
  await tower.restart();
  tower.network.answer(urlOf(lane), () => ok);
  await tower.clock.pass(6 * minute);
  const live = await tower.ring(lane);
  await tower.quiet();
  assert.ok(tower.network.calls.some((call) => call.event === live));
  assert.deepEqual(await tower.owed(), []);
  await tower.restart();
  tower.network.answer(urlOf(lane), () => "hang");
  await tower.replay(lane, event, 600);
  tower.remove(lane);
  await tower.clock.pass(minute);
  assert.deepEqual(await tower.owed(), []);
});

test("a barred lane starts nothing and has nothing in memory, and goes on with what is left when the last bar is gone", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  const answerOne = answerByHand(tower, lane);
  await tower.dispatcher.start();
  const event = await tower.ring(lane);
  await answerOne();
  await tower.replay(lane, event, 20);
  await calm();
  const bars = [tower.dispatcher.bar(lane), tower.dispatcher.bar(lane)];
  assert.equal(tower.dispatcher.lane(lane)?.waitingFor, "withdrawing");
  const { calls } = tower.network;
  const before = calls.length;
  // Also what is sent meanwhile waits.
  const live = await tower.ring(lane);
  for (let answers = 0; answers < 6; answers++) await answerOne();
  assert.equal(tower.network.inFlight(), 0);
  bars[0]!();
  bars[0]!();
  await calm();
  assert.equal(calls.length, before, "one of them is left");
  bars[1]!();
  for (let answers = 0; answers < 60; answers++) await answerOne();
  assert.ok(calls.slice(before).some((each) => each.event === live));
  assert.equal(calls.length, 22);
});
