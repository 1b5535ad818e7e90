import assert from "node:assert/strict";
import { test } from "node:test";
import { deliveryDefaults } from "../../src/delivery/settings.ts";
import { calm } from "../fixtures/steered-clock.ts";
import { failed, ok, outcome } from "./network.ts";
import { createTower, urlOf } from "./harness.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

test("an accepted event is sent once to everyone who is owed it, and then nothing is owed any more", async () => {
  const tower = await createTower();
  const lanes = [await tower.subscribe(), await tower.subscribe({ organization: "org_1" })];
  await tower.dispatcher.start();
  const event = await tower.ring(...lanes);
  await calm();
  assert.deepEqual(
    tower.network.calls.map(({ url, event, attempt }) => ({ url, event, attempt })),
    lanes.map((lane) => ({ url: urlOf(lane), event, attempt: 1 })),
  );
  assert.deepEqual(
    tower.settled.map(({ next }) => next),
    [{ state: "delivered" }, { state: "delivered" }],
  );
  await tower.clock.pass(24 * hour);
  assert.equal(tower.network.calls.length, 2);
  assert.deepEqual(await tower.owed(), []);
});

test("a failing delivery is tried again at the planned times, counted from the end of each attempt, and is exhausted after the last", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  tower.network.answer(urlOf(lane), () => "hang");
  await tower.dispatcher.start();
  await tower.ring(lane);
  for (let step = 0; step < 100; step++) await tower.clock.pass(hour);
  const starts = tower.network.calls.map(({ monotonic }) => monotonic);
  const gaps = starts.slice(1).map((start, index) => start - starts[index]! - 15 * second);
  assert.deepEqual(gaps, [...deliveryDefaults.retryDelays]);
  assert.deepEqual(
    tower.network.calls.map(({ attempt }) => attempt),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
  assert.deepEqual(tower.settled.at(-1)?.next, { state: "exhausted" });
  assert.deepEqual(await tower.owed(), []);
});

test("every attempt of a delivery sends the same body under the same id", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  let tries = 0;
  tower.network.answer(urlOf(lane), () => (++tries < 4 ? failed() : ok));
  await tower.dispatcher.start();
  const event = await tower.ring(lane);
  await tower.clock.pass(2 * hour);
  const { calls } = tower.network;
  assert.equal(calls.length, 4);
  for (const call of calls) {
    assert.equal(call.event, event);
    assert.deepEqual(call.request.body, calls[0]!.request.body);
  }
});

test("a subscription's own delays win over the installation's", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe({ lane: { maxInFlight: null, retryDelays: [10, 20] } });
  tower.network.answer(urlOf(lane), () => failed());
  await tower.dispatcher.start();
  await tower.ring(lane);
  await tower.clock.pass(1 * minute);
  assert.equal(tower.network.calls.length, 3);
  assert.deepEqual(tower.settled.at(-1)?.next, { state: "exhausted" });
});

test("a lane starts with one attempt in flight, doubles with each success up to its cap, and is back at one after a timeout", async () => {
  const tower = await createTower({ settings: { bufferRows: 4096, breakAfter: 100 } });
  const lane = await tower.subscribe({ lane: { maxInFlight: 16, retryDelays: null } });
  const answers: (() => void)[] = [];
  let timeout = false;
  tower.network.answer(
    urlOf(lane),
    () => new Promise((resolve) => answers.push(() => resolve(timeout ? outcome("timeout") : ok))),
  );
  await tower.dispatcher.start();
  await tower.ringMany(lane, 200);
  const widths: number[] = [];
  for (let round = 0; round < 6; round++) {
    widths.push(answers.length);
    answers.shift()!();
    await calm();
  }
  assert.deepEqual(widths, [1, 2, 4, 8, 16, 16]);
  timeout = true;
  for (const answer of answers.splice(0)) answer();
  await calm();
  assert.equal(answers.length, 1);
  timeout = false;
  answers.shift()!();
  await calm();
  assert.equal(answers.length, 2);
});

test("a receiver that asks for patience is left alone by the whole lane for as long as it asks", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  let tries = 0;
  tower.network.answer(urlOf(lane), () => (++tries === 1 ? failed(429, { retryAfterMs: 10 * minute }) : ok));
  await tower.dispatcher.start();
  await tower.ring(lane);
  await tower.ring(lane);
  assert.equal(tower.network.calls.length, 1);
  await tower.clock.pass(10 * minute - 1);
  assert.equal(tower.network.calls.length, 1);
  await tower.clock.pass(2);
  assert.equal(tower.network.calls.length, 2, "it starts gently");
  await tower.clock.pass(2_000);
  assert.equal(tower.network.calls.length, 3);
  assert.deepEqual(await tower.owed(), []);
});

test("410 disables the subscription, stops the lane at once and leaves what it is owed in place", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  tower.network.answer(urlOf(lane), () => outcome("gone", { status: 410 }));
  await tower.dispatcher.start();
  await tower.ringMany(lane, 5);
  await tower.clock.pass(10 * hour);
  assert.equal(tower.network.calls.length, 1);
  assert.deepEqual(
    tower.disabled.map(({ subscription }) => subscription.number),
    [lane],
  );
  tower.network.answer(urlOf(lane), () => ok);
  tower.change(lane, { state: "active" });
  await tower.clock.pass(1 * minute);
  assert.equal(tower.network.calls.length, 6);
  assert.deepEqual(await tower.owed(), []);
});

test("a fault of ours in making a request is logged as an attempt and does not stop the lane", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe({ signingSecrets: [] });
  await tower.dispatcher.start();
  await tower.ring(lane);
  assert.equal(tower.network.calls.length, 0);
  assert.equal(tower.settled[0]?.outcome.code, "interrupted");
  tower.change(lane, { signingSecrets: [{ secret: `whsec_${Buffer.alloc(32).toString("base64")}`, until: null }] });
  await tower.clock.pass(5 * second);
  assert.equal(tower.network.calls.length, 1);
  assert.deepEqual(await tower.owed(), []);
});

test("a subscription that was changed gives up the connections to where it led, one that was only read again does not", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  await tower.ring(lane);
  tower.subscriptions.set(lane, { ...tower.subscriptions.get(lane)! });
  tower.dispatcher.subscriptionsChanged("org_1");
  assert.deepEqual(tower.dropped, []);
  tower.change(lane, {
    endpoint: { url: "https://elsewhere.example/", timeoutMs: 5_000, apiKey: null, basicAuth: null },
  });
  assert.deepEqual(tower.dropped, [urlOf(lane)]);
  tower.remove(lane);
  assert.deepEqual(tower.dropped, [urlOf(lane), "https://elsewhere.example/"]);
});

test("a header that is reserved by now is stopped before it is sent, and the owner is told which", async () => {
  const tower = await createTower();
  const apiKey = (name: string) => ({
    endpoint: { url: urlOf(1), timeoutMs: 5_000, apiKey: { name, value: "k" }, basicAuth: null },
  });
  const lane = await tower.subscribe(apiKey("Metadata-Flavor"));
  await tower.dispatcher.start();
  await tower.ring(lane);
  assert.equal(tower.network.calls.length, 0);
  assert.equal(tower.settled[0]?.outcome.code, "header_forbidden");
  assert.match(tower.settled[0]?.outcome.detail ?? "", /Metadata-Flavor is reserved/);
  tower.change(lane, apiKey("x-key"));
  await tower.clock.pass(5 * second);
  assert.equal(tower.network.calls.length, 1);
});

test("first attempts of a lane with one slot start in order of acceptance, through memory, disk and memory again", async () => {
  const tower = await createTower({ settings: { bufferRows: 8 } });
  const lane = await tower.subscribe({ lane: { maxInFlight: 1, retryDelays: null } });
  const answers: (() => void)[] = [];
  tower.network.answer(urlOf(lane), () => new Promise((resolve) => answers.push(() => resolve(ok))));
  await tower.dispatcher.start();
  const accepted: string[] = [];
  const work = async (count: number) => {
    for (let done = 0; done < count; done++) {
      answers.shift()?.();
      await calm();
    }
  };
  for (const batch of [3, 20, 1, 1, 9, 30, 2]) {
    accepted.push(...(await tower.ringMany(lane, batch)));
    await tower.clock.pass(1);
    await work(7);
    accepted.push(await tower.ring(lane));
  }
  await work(200);
  accepted.push(await tower.ring(lane), await tower.ring(lane));
  await work(5);
  assert.deepEqual(
    tower.network.calls.map(({ event }) => event),
    accepted,
  );
  assert.deepEqual(await tower.owed(), []);
});
