// Heartbeats: when one goes out, what it says, and that nothing follows from it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { verify } from "../../receiver/src/index.ts";
import { createHeartbeats, type HeartbeatsDeps } from "../../src/delivery/heartbeats.ts";
import type { DeliveryRequest } from "../../src/delivery/attempt/request.ts";
import { deliveryDefaults } from "../../src/delivery/settings.ts";
import type { Subscription } from "../../src/model/subscription.ts";
import { calm, createSteeredClock } from "../fixtures/steered-clock.ts";
import { makeSubscription } from "../fixtures/subscription.ts";
import { createTower } from "./harness.ts";

const second = 1_000;

function open(given: Partial<HeartbeatsDeps> = {}) {
  const clock = createSteeredClock();
  const subscriptions = new Map<number, Subscription>();
  const sent: { readonly at: number; readonly request: DeliveryRequest }[] = [];
  const began = clock.monotonic();
  /** By lane. */
  const startedAt = new Map<number, number | null>();
  const heartbeats = createHeartbeats({
    clock,
    random: { fraction: () => 0 },
    send: async (request) => {
      sent.push({ at: clock.monotonic() - began, request });
      throw new Error("nobody there");
    },
    settings: deliveryDefaults,
    ledger: { lastSequences: async (lanes) => lanes.map((lane) => lane * 10) },
    subscription: (lane) => subscriptions.get(lane),
    lastStartedAt: (lane) => startedAt.get(lane) ?? (startedAt.has(lane) ? null : -Infinity),
    newId: () => `heartbeat_${sent.length + 1}`,
    bodyOf: (dialect, id, sequence, at) => JSON.stringify({ dialect, id, sequence, at }),
    version: "1.2.3",
    compose: (_, body) => body,
    authentication: () => [["x-api-key", "k"]],
    ...given,
  });
  const want = (lane: number, heartbeatS: number, more: Partial<Subscription> = {}) => {
    const wanted = makeSubscription({ number: lane, heartbeatS, ...more });
    subscriptions.set(lane, wanted);
    heartbeats.note([wanted]);
  };
  return {
    clock,
    sent,
    began,
    startedAt,
    subscriptions,
    heartbeats,
    want,
    times: () => sent.map(({ at }) => at / second),
  };
}

test("a subscription that hears nothing is told its last number, signed like a delivery and without one", async () => {
  const { clock, sent, want, times, subscriptions } = open();
  want(3, 10);
  await clock.pass(35 * second);
  assert.deepEqual(times(), [10, 20, 30]);
  const { request } = sent[0]!;
  const headers = Object.fromEntries(request.headers);
  assert.deepEqual(Object.keys(headers), [
    "content-type",
    "user-agent",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "belfry-heartbeat",
    "belfry-sequence",
    "x-api-key",
  ]);
  assert.deepEqual([headers["belfry-heartbeat"], headers["belfry-sequence"]], ["true", "30"]);
  const { secret } = subscriptions.get(3)!.signingSecrets[0]!;
  const { body } = request;
  const { id } = verify({ headers, body: Buffer.from(body), secret, now: Number(headers["webhook-timestamp"]) * 1000 });
  assert.equal(id, "heartbeat_1");
  const { at, ...said } = JSON.parse(body);
  assert.deepEqual(said, { dialect: "butlr", id: "heartbeat_1", sequence: 30 });
  assert.equal(Math.floor(at / 1000), Number(headers["webhook-timestamp"]));
});

test("one that was never given a number is told none", async () => {
  const { clock, sent, want } = open({ ledger: { lastSequences: async (lanes) => lanes.map(() => 0) } });
  want(1, 10);
  await clock.pass(10 * second);
  assert.equal(
    sent[0]!.request.headers.some(([name]) => name === "belfry-sequence"),
    false,
  );
});

test("a request that went out meanwhile puts the heartbeat off", async () => {
  const { clock, want, times, startedAt, began } = open();
  want(1, 10);
  await clock.pass(7 * second);
  startedAt.set(1, began + 7 * second);
  await clock.pass(20 * second);
  assert.deepEqual(times(), [17, 27]);
});

test("none goes out while the lane is held, or once nobody wants one any more", async () => {
  const { clock, want, times, startedAt, subscriptions, heartbeats } = open();
  want(1, 10);
  startedAt.set(1, null);
  await clock.pass(25 * second);
  assert.deepEqual(times(), []);
  startedAt.delete(1);
  await clock.pass(5 * second);
  assert.deepEqual(times(), [30]);
  want(1, 0);
  await clock.pass(60 * second);
  assert.deepEqual(times(), [30]);
  want(1, 20);
  await clock.pass(20 * second);
  assert.deepEqual(times(), [30, 110]);
  subscriptions.delete(1);
  await clock.pass(60 * second);
  await heartbeats.stop();
  assert.deepEqual([times(), clock.timers()], [[30, 110], 0]);
});

test("a shorter time counts from now, and others are noted without putting anything off", async () => {
  const { clock, want, times, heartbeats, subscriptions } = open();
  want(1, 600);
  await clock.pass(60 * second);
  want(1, 10);
  for (let each = 0; each < 9; each++) {
    await clock.pass(second);
    heartbeats.note(subscriptions.values());
  }
  await clock.pass(second);
  assert.deepEqual(times(), [70]);
});

test("64 are under way at most, and a store that fails is asked again", async () => {
  const answers: (() => void)[] = [];
  let fails = true;
  const { clock, want, sent } = open({
    ledger: {
      lastSequences: async (lanes) => {
        if (fails) throw new Error("the disk is full");
        return lanes.map(() => 1);
      },
    },
    send: (request) =>
      new Promise((_, reject) => {
        sent.push({ at: 0, request });
        answers.push(() => reject(new Error("late")));
      }),
  });
  for (let lane = 1; lane <= 100; lane++) want(lane, 600, { organization: `org_${lane % 20}` });
  await clock.pass(601 * second);
  assert.equal(sent.length, 0);
  fails = false;
  await clock.pass(5 * second);
  assert.equal(sent.length, 64);
  answers.splice(0, 10).forEach((answer) => answer());
  await calm();
  assert.equal(sent.length, 74);
  answers.splice(0).forEach((answer) => answer());
  await calm();
  assert.equal(sent.length, 100);
});

test("silent receivers of one organization leave room for those of others", async () => {
  const answers: (() => void)[] = [];
  const { clock, sent, want } = open({
    send: async (request) => {
      sent.push({ at: 0, request });
      return new Promise((_, reject) => answers.push(() => reject(new Error("late"))));
    },
  });
  for (let lane = 1; lane <= 30; lane++) want(lane, 10, { organization: "org_silent" });
  want(31, 10, { organization: "org_other" });
  await clock.pass(12 * second);
  const to = (organization: string) => sent.filter(({ request }) => request.organization === organization).length;
  assert.deepEqual([to("org_silent"), to("org_other")], [8, 1]);
  answers.splice(0).forEach((answer) => answer());
  await calm();
  assert.equal(to("org_silent"), 16);
});

test("the dispatcher knows when a lane last started something, and that one that is held starts nothing", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  assert.equal(tower.dispatcher.lastStartedAt(lane), -Infinity);
  await tower.ring(lane);
  await tower.quiet();
  assert.equal(tower.dispatcher.lastStartedAt(lane), tower.clock.monotonic());
  tower.change(lane, { state: "disabled" });
  assert.equal(tower.dispatcher.lastStartedAt(lane), null);
  await tower.dispatcher.stop();
  assert.equal(tower.dispatcher.lastStartedAt(lane), null);
});

test("of many that are due at once, only those are looked at for which there is room", async () => {
  const many = 1_000;
  let looked = 0;
  let sent = 0;
  const subscriptions = new Map<number, Subscription>();
  const waiting: (() => void)[] = [];
  const { clock, heartbeats } = open({
    send: () => {
      sent++;
      return new Promise((_, reject) => waiting.push(() => reject(new Error("nobody there"))));
    },
    subscription(lane) {
      looked++;
      return subscriptions.get(lane);
    },
  });
  for (let lane = 1; lane <= many; lane++) {
    subscriptions.set(lane, makeSubscription({ number: lane, heartbeatS: 1_000, organization: `org_${lane}` }));
  }
  heartbeats.note(subscriptions.values());
  await clock.pass(1_000 * second);
  for (let end = waiting.shift(); end !== undefined; end = waiting.shift()) {
    end();
    await calm();
  }
  assert.equal(sent, many);
  assert.ok(looked < 10 * many, `${looked} looks`);
});
