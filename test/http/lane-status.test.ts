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
  status(): Promise<Record<string, unknown>>;
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
  const house = await openHouse({
    over: tower,
    lane: async (number) => tower.dispatcher.lane(number),
    acts: {
      openLane: (number) => tower.dispatcher.openLane(number),
      hasten: {
        lane: (number) => tower.dispatcher.hasten.lane(number),
        one: (number, delivery) => tower.dispatcher.hasten.one(number, delivery),
      },
      async resend(delivery) {
        const again = await tower.ledger.resend(delivery, tower.clock.now());
        if (again !== null) tower.dispatcher.readLater(again.lane, "retry", tower.clock.now());
        return again;
      },
    },
  });
  const key = await keyFor(house, "viewer", "org_1");
  const answers: ((outcome: Outcome) => void)[] = [];
  tower.network.answer(urlOf(lane), () => new Promise((resolve) => answers.push(resolve)));
  await tower.dispatcher.start();
  return {
    tower,
    house,
    lane,
    async status() {
      const { status: code, body } = await ask(house, `GET /v1/subscriptions/${subscription.id}`, { key });
      assert.equal(code, 200);
      const { max_in_flight, retry_delays_ms, status } = body.lane;
      assert.deepEqual([max_in_flight, retry_delays_ms], [null, null]);
      return status;
    },
    async answer(given) {
      answers.shift()!(given);
      await tower.quiet();
    },
  };
}

const iso = (at: number) => new Date(at).toISOString();

test("a lane is followed from a failing receiver over back-offs and probes until all is well again", async () => {
  const { tower, house, lane, status, answer } = await watch();
  const { clock } = tower;
  const fresh = {
    state: "ramping",
    waiting_for: "nothing_due",
    until: null,
    consecutive_failures: 0,
    last_failure: null,
    failing: null,
    in_flight: 0,
    cap: 1,
    starts_per_second: null,
    waiting_in_memory: 0,
    more_on_disk: false,
    oldest_due: null,
  };
  assert.deepEqual(await status(), fresh);
  assert.equal(tower.dispatcher.snapshot().lanes, 0, "looking makes no lane");

  const began = iso(clock.now());
  await tower.ringMany(lane, 40);
  const working = { ...fresh, waiting_for: "at_lane_cap", in_flight: 1 };
  assert.deepEqual(await status(), { ...working, waiting_in_memory: 39, oldest_due: began });

  await answer(failed(500));
  const failing = {
    ...working,
    consecutive_failures: 1,
    last_failure: { code: "http_error", status: 500, at: began },
    failing: { since: began, attempts: 1 },
    waiting_in_memory: 38,
    more_on_disk: true,
    oldest_due: began,
  };
  assert.deepEqual(await status(), failing, "one retry waits on the disk for its time");

  for (let failure = 2; failure <= 5; failure++) await answer(outcome("connect_refused"));
  const paused = {
    ...failing,
    state: "backing_off",
    waiting_for: "backing_off",
    until: iso(clock.now() + 5 * second),
    consecutive_failures: 5,
    last_failure: { code: "connect_refused", status: null, at: began },
    failing: { since: began, attempts: 5 },
    in_flight: 0,
    waiting_in_memory: 35,
  };
  assert.deepEqual(await status(), paused);

  await clock.pass(5 * second);
  // One of the retries was read beside those that wait.
  const probing = {
    ...paused,
    state: "probing",
    waiting_for: "probing",
    until: null,
    in_flight: 1,
    waiting_in_memory: 35,
  };
  assert.deepEqual(await status(), probing);

  await answer(failed(500));
  assert.deepEqual(await status(), {
    ...paused,
    until: iso(clock.now() + 5 * minute),
    consecutive_failures: 6,
    last_failure: { code: "http_error", status: 500, at: iso(clock.now()) },
    failing: { since: began, attempts: 6 },
    waiting_in_memory: 0,
  });

  await clock.pass(5 * minute);
  const { state, in_flight, waiting_in_memory, oldest_due } = await status();
  assert.deepEqual(
    { state, in_flight, waiting_in_memory, oldest_due },
    {
      state: "probing",
      in_flight: 1,
      waiting_in_memory: 1,
      oldest_due: began,
    },
  );

  const caps: unknown[] = [];
  for (let success = 1; success <= 3; success++) {
    await answer(ok);
    const now = await status();
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
  assert.deepEqual(await status(), {
    ...fresh,
    state: "open",
    cap: 4,
    last_failure: { code: "http_error", status: 500, at: iso(Date.parse(began) + 5 * second) },
  });
  await house.close();
});

test("a lane backs off as long as its receiver asks for, and a disabled subscription says so", async () => {
  const { tower, house, lane, status, answer } = await watch();
  await tower.ringMany(lane, 3);
  await answer(failed(429, { retryAfterMs: 20 * second }));
  const until = iso(tower.clock.now() + 20 * second);
  const paused = await status();
  assert.deepEqual([paused["state"], paused["until"], paused["consecutive_failures"]], ["backing_off", until, 1]);
  tower.change(lane, { state: "disabled" });
  await tower.quiet();
  const disabled = await status();
  assert.deepEqual([disabled["state"], disabled["waiting_for"]], ["disabled", "disabled"]);
  assert.deepEqual([disabled["until"], disabled["in_flight"]], [null, 0]);
  await house.close();
});

test("a restart keeps the back-off of a lane, and why", async () => {
  const { tower, house, lane, status, answer } = await watch();
  await tower.ringMany(lane, 10);
  for (let failure = 0; failure < 5; failure++) await answer(outcome("tls_expired"));
  await tower.clock.pass(second);
  const { state, until, consecutive_failures, last_failure } = await status();
  assert.equal(state, "backing_off");
  await tower.restart();
  const after = await status();
  assert.deepEqual(
    [after["state"], after["until"], after["consecutive_failures"], after["last_failure"]],
    [state, until, consecutive_failures, last_failure],
  );
  await house.close();
});

test("another endpoint forgets what the old one did", async () => {
  const { tower, house, lane, status, answer } = await watch();
  await tower.ringMany(lane, 10);
  for (let failure = 0; failure < 5; failure++) await answer(outcome("tls_expired"));
  assert.equal((await status())["state"], "backing_off");
  const { endpoint } = tower.subscriptions.get(lane)!;
  const url = "https://elsewhere.example/";
  tower.network.answer(url, () => "hang");
  tower.change(lane, { endpoint: { ...endpoint, url } });
  const { state, consecutive_failures, last_failure } = await status();
  assert.deepEqual([state, consecutive_failures, last_failure], ["ramping", 0, null]);
  await house.close();
});

test("a process that does not own the lane says that it does not know", async () => {
  const { tower, house, status } = await watch();
  await tower.dispatcher.stop();
  assert.equal(await status(), null);
  await house.close();
});

test("enabling a subscription that is active, and resending one of its deliveries, open its lane that backs off", async () => {
  const { tower, house, lane, status, answer } = await watch();
  const key = await keyFor(house, "organization", "org_1");
  const { id } = tower.subscriptions.get(lane)!;
  await tower.ring(lane);
  await answer(failed(503, { retryAfterMs: 60 * minute }));
  await tower.ring(lane);
  assert.equal((await status())["state"], "backing_off");

  assert.equal((await ask(house, `POST /v1/subscriptions/${id}/enable`, { key })).status, 200);
  await tower.quiet();
  assert.deepEqual([(await status())["state"], (await status())["in_flight"]], ["ramping", 1]);
  await answer(failed(503, { retryAfterMs: 60 * minute }));
  assert.equal((await status())["state"], "backing_off");

  const listed = await ask(house, `GET /v1/deliveries?subscription=${id}`, { key });
  const again = await ask(house, `POST /v1/deliveries/${listed.body.data[0].id}/resend`, { key });
  assert.equal(again.status, 202);
  await tower.quiet();
  assert.deepEqual([(await status())["state"], (await status())["in_flight"]], ["ramping", 1]);
  const { items } = await tower.store.history.audit({ limit: 2, before: null });
  assert.deepEqual(
    items.map(({ action }) => action),
    ["delivery.resend", "lane.open"],
  );
  await house.close();
});
