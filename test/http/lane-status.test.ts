// A lane as whoever asks for its subscription sees it, while its receiver fails, is probed and comes back. The dispatcher
// and the store are real, the clock is steered.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../src/model/attempt.ts";
import { failed, ok, outcome } from "../delivery/network.ts";
import { createTower, type Tower, urlOf } from "../delivery/harness.ts";
import { ask, type House, keyFor, openHouse } from "./fixture.ts";

const second = 1000;
const minute = 60 * second;

interface Watched {
  readonly tower: Tower;
  readonly house: House;
  readonly lane: number;
  /** What the API says of the lane now. */
  standing(): Promise<Record<string, unknown>>;
  /** Ends the oldest attempt under way. */
  answer(outcome: Outcome): Promise<void>;
}

/** A subscription whose receiver answers when the test says so, and the API in front of it. */
async function watch(): Promise<Watched> {
  const tower = await createTower();
  const lane = await tower.subscribe();
  const subscription = tower.subscriptions.get(lane)!;
  const { registry } = tower.store;
  const entry = { at: 0, actor: "test", action: "subscription.create", object: subscription.id, detail: null };
  await registry.change({ organization: "org_1", revision: null, put: [subscription], audit: [entry] });
  const house = await openHouse({ over: tower, lane: async (number) => tower.dispatcher.lane(number) });
  const key = await keyFor(house, "viewer", "org_1");
  const answers: ((outcome: Outcome) => void)[] = [];
  tower.network.answer(urlOf(lane), () => new Promise((resolve) => answers.push(resolve)));
  await tower.dispatcher.start();
  return {
    tower,
    house,
    lane,
    async standing() {
      const { status, body } = await ask(house, `GET /v1/subscriptions/${subscription.id}`, { key });
      assert.equal(status, 200);
      const { max_in_flight, retry_delays_ms, standing } = body.lane;
      assert.deepEqual([max_in_flight, retry_delays_ms], [null, null]);
      return standing;
    },
    async answer(given) {
      answers.shift()!(given);
      await tower.quiet();
    },
  };
}

const iso = (at: number) => new Date(at).toISOString();

test("a lane is followed from a failing receiver over pauses and probes until all is well again", async () => {
  const { tower, house, lane, standing, answer } = await watch();
  const { clock } = tower;
  const fresh = {
    state: "ramping",
    until: null,
    consecutive_failures: 0,
    last_failure: null,
    in_flight: 0,
    cap: 1,
    waiting_in_memory: 0,
    more_on_disk: false,
    oldest_due: null,
  };
  assert.deepEqual(await standing(), fresh);
  assert.equal(tower.dispatcher.snapshot().lanes, 0, "looking makes no lane");

  const began = iso(clock.now());
  await tower.ringMany(lane, 40);
  assert.deepEqual(await standing(), { ...fresh, in_flight: 1, waiting_in_memory: 39, oldest_due: began });

  await answer(failed(500));
  const failing = {
    ...fresh,
    consecutive_failures: 1,
    last_failure: { code: "http_error", status: 500, at: began },
    in_flight: 1,
    waiting_in_memory: 38,
    more_on_disk: true,
    oldest_due: began,
  };
  assert.deepEqual(await standing(), failing, "one retry waits on the disk for its time");

  for (let failure = 2; failure <= 5; failure++) await answer(outcome("connect_refused"));
  const paused = {
    ...failing,
    state: "paused",
    until: iso(clock.now() + 5 * second),
    consecutive_failures: 5,
    last_failure: { code: "connect_refused", status: null, at: began },
    in_flight: 0,
    waiting_in_memory: 35,
  };
  assert.deepEqual(await standing(), paused);

  await clock.pass(5 * second);
  const probing = { ...paused, state: "probing", until: null, in_flight: 1, waiting_in_memory: 34 };
  assert.deepEqual(await standing(), probing);

  await answer(failed(500));
  assert.deepEqual(await standing(), {
    ...paused,
    until: iso(clock.now() + 5 * minute),
    consecutive_failures: 6,
    last_failure: { code: "http_error", status: 500, at: iso(clock.now()) },
    waiting_in_memory: 0,
  });

  await clock.pass(5 * minute);
  const { state, in_flight, waiting_in_memory, oldest_due } = await standing();
  assert.deepEqual(
    { state, in_flight, waiting_in_memory, oldest_due },
    {
      state: "probing",
      in_flight: 1,
      waiting_in_memory: 0,
      oldest_due: began,
    },
  );

  const caps: unknown[] = [];
  for (let success = 1; success <= 3; success++) {
    await answer(ok);
    const now = await standing();
    caps.push([now["state"], now["cap"], now["in_flight"], now["consecutive_failures"]]);
  }
  assert.deepEqual(caps, [
    ["ramping", 2, 2, 0],
    ["open", 4, 4, 0],
    ["open", 4, 4, 0],
  ]);

  tower.network.answer(urlOf(lane), () => ok);
  for (let under = 0; under < 4; under++) await answer(ok);
  await clock.pass(minute);
  assert.deepEqual(await standing(), {
    ...fresh,
    state: "open",
    cap: 4,
    last_failure: { code: "http_error", status: 500, at: iso(Date.parse(began) + 5 * second) },
  });
  await house.close();
});

test("a receiver that asks for patience pauses its lane until then, and a disabled subscription says so", async () => {
  const { tower, house, lane, standing, answer } = await watch();
  await tower.ringMany(lane, 3);
  await answer(failed(429, { retryAfterMs: 20 * second }));
  const until = iso(tower.clock.now() + 20 * second);
  const paused = await standing();
  assert.deepEqual([paused["state"], paused["until"], paused["consecutive_failures"]], ["paused", until, 1]);
  tower.change(lane, { state: "disabled" });
  await tower.quiet();
  const disabled = await standing();
  assert.deepEqual([disabled["state"], disabled["until"], disabled["in_flight"]], ["disabled", null, 0]);
  await house.close();
});

test("a restart keeps how a lane stands, and why", async () => {
  const { tower, house, lane, standing, answer } = await watch();
  await tower.ringMany(lane, 10);
  for (let failure = 0; failure < 5; failure++) await answer(outcome("tls_expired"));
  await tower.clock.pass(second);
  const { state, until, consecutive_failures, last_failure } = await standing();
  assert.equal(state, "paused");
  await tower.restart();
  const after = await standing();
  assert.deepEqual(
    [after["state"], after["until"], after["consecutive_failures"], after["last_failure"]],
    [state, until, consecutive_failures, last_failure],
  );
  await house.close();
});

test("another endpoint forgets what the old one did", async () => {
  const { tower, house, lane, standing, answer } = await watch();
  await tower.ringMany(lane, 10);
  for (let failure = 0; failure < 5; failure++) await answer(outcome("tls_expired"));
  assert.equal((await standing())["state"], "paused");
  const { endpoint } = tower.subscriptions.get(lane)!;
  tower.change(lane, { endpoint: { ...endpoint, url: "https://elsewhere.example/" } });
  const { state, consecutive_failures, last_failure } = await standing();
  assert.deepEqual([state, consecutive_failures, last_failure], ["ramping", 0, null]);
  await house.close();
});

test("a process that does not own the lane says that it does not know", async () => {
  const { tower, house, standing } = await watch();
  await tower.dispatcher.stop();
  assert.equal(await standing(), null);
  await house.close();
});
