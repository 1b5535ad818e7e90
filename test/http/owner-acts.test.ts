// What an owner has done through the operator API: retry, resend, test. The dispatcher and the store are real, the clock is
// steered, and receivers answer as the test says.

import assert from "node:assert/strict";
import { test } from "node:test";
import { verify } from "../../receiver/src/index.ts";
import { createTestDeliveries } from "../../src/delivery/test-deliveries.ts";
import { deliveryDefaults } from "../../src/delivery/settings.ts";
import type { Outcome } from "../../src/model/attempt.ts";
import { createTower, secret, type Tower, urlOf } from "../delivery/harness.ts";
import { failed, ok, outcome } from "../delivery/network.ts";
import { ask, type House, keyFor, openHouse } from "./fixture.ts";

const hour = 3_600_000;

interface Stage {
  readonly tower: Tower;
  readonly house: House;
  readonly lane: number;
  readonly key: string;
  /** `/v1/subscriptions/webhook_…` */
  readonly path: string;
  /** What the receiver answers from now on. */
  answer: (given: Outcome | "hang") => void;
  post(path: string, body?: unknown, key?: string): ReturnType<typeof ask>;
  /** Sets its state, in the store and for the engine. */
  act(name: string): Promise<void>;
}

async function stage(): Promise<Stage> {
  const tower = await createTower({ settings: { breakAfter: 1000 } });
  const lane = await tower.subscribe();
  const subscription = tower.subscriptions.get(lane)!;
  const { registry } = tower.store;
  const entry = { at: 0, actor: "test", action: "subscription.create", object: subscription.id, detail: null };
  await registry.change({ organization: "org_1", revision: null, put: [subscription], audit: [entry] });
  const composer = { version: "1", compose: (_: string, body: string) => body, authentication: () => [] };
  const { send } = tower.network;
  const house = await openHouse({
    over: tower,
    lane: async (number) => tower.dispatcher.lane(number),
    acts: {
      openLane: (number) => tower.dispatcher.openLane(number),
      hasten: tower.dispatcher.hasten,
      async resend(delivery) {
        const again = await tower.ledger.resend(delivery, tower.clock.now());
        if (again !== null) tower.dispatcher.readLater(again.lane, "retry", tower.clock.now());
        return again;
      },
      sendTest: createTestDeliveries({ ...composer, clock: tower.clock, send, settings: deliveryDefaults }),
    },
  });
  const key = await keyFor(house, "organization", "org_1");
  let given: Outcome | "hang" = ok;
  tower.network.answer(urlOf(lane), () => given);
  await tower.dispatcher.start();
  const post: Stage["post"] = async (path, body, as = key) => {
    const answer = await ask(house, `POST ${path}`, { key: as, ...(body === undefined ? {} : { body }) });
    await tower.quiet();
    return answer;
  };
  const path = `/v1/subscriptions/${subscription.id}`;
  return {
    tower,
    house,
    lane,
    key,
    path,
    answer: (next) => (given = next),
    post,
    async act(name) {
      assert.equal((await post(`${path}/${name}`)).status, 200);
      const stored = (await registry.subscription(subscription.id, null))!;
      tower.change(lane, { state: stored.state, paused: stored.paused ?? null });
      await tower.quiet();
    },
  };
}

const audits = async ({ tower }: Stage) =>
  (await tower.store.history.audit({ limit: 100, before: null })).items
    .filter(({ action }) => !action.startsWith("key."))
    .map(({ action, object, detail }) => [action, object, detail === null ? null : JSON.parse(detail)]);

/** So many deliveries of the lane have failed and wait; the receiver is well again. */
async function withWaiting(count: number): Promise<Stage> {
  const on = await stage();
  on.answer(failed(500));
  await on.tower.ringMany(on.lane, count);
  await on.tower.quiet();
  on.answer(ok);
  on.tower.network.calls.length = 0;
  return on;
}

const listed = async ({ house, key }: Stage): Promise<{ id: string; state: string; due: string | null }[]> =>
  (await ask(house, "GET /v1/deliveries", { key })).body.data;

test("a retry of a subscription delivers what waits for a later try, answers with how many, and is audited", async () => {
  const on = await withWaiting(3);
  const { status, body } = await on.post(`${on.path}/retry`);
  assert.deepEqual([status, body.retried, body.opened, body.state], [200, 3, false, "active"]);
  assert.equal(on.tower.network.calls.length, 3);
  assert.ok((await listed(on)).every(({ state }) => state === "delivered"));
  const [newest] = await audits(on);
  assert.deepEqual(newest, ["subscription.retry", on.path.split("/")[3], { retried: 3, opened: false }]);
  assert.equal((await on.post(`${on.path}/retry`)).body.retried, 0);
});

test("a retry ends a back-off, for what was never tried as well", async () => {
  const on = await stage();
  on.answer(failed(503, { retryAfterMs: hour }));
  await on.tower.ring(on.lane);
  await on.tower.ringMany(on.lane, 2);
  await on.tower.quiet();
  assert.equal(on.tower.network.calls.length, 1);
  on.answer(ok);
  const { body } = await on.post(`${on.path}/retry`);
  assert.deepEqual([body.retried, body.opened], [1, true], "the other two wait for no time of their own");
  assert.equal(on.tower.network.calls.length, 4);
});

for (const [state, act, help] of [
  ["paused", "pause", "resume"],
  ["disabled", "disable", "enable"],
] as const) {
  test(`on a ${state} subscription nothing can be retried or resent, and the answer says to ${help} it`, async () => {
    const on = await withWaiting(1);
    const { id } = (await listed(on))[0]!;
    await on.act(act);
    const before = await audits(on);
    for (const what of [`${on.path}/retry`, `/v1/deliveries/${id}/retry`, `/v1/deliveries/${id}/resend`]) {
      const { status, body } = await on.post(what);
      assert.deepEqual([status, body.code], [409, "CONFLICT"], what);
      assert.match(body.detail, new RegExp(`${state}.*${help} it`), what);
    }
    assert.deepEqual(await audits(on), before);
    assert.equal(on.tower.network.calls.length, 0);
    assert.equal((await listed(on)).length, 1);
    await on.act(help);
    assert.equal((await on.post(`/v1/deliveries/${id}/retry`)).status, 202);
    assert.equal(on.tower.network.calls.length, 1);
  });
}

test("a paused subscription that is disabled as well is to be resumed", async () => {
  const on = await stage();
  await on.act("disable");
  await on.act("pause");
  assert.match((await on.post(`${on.path}/retry`)).body.detail, /paused and disabled: resume it/);
});

test("one delivery that waits is tried now and opens its lane; those beside it keep their times", async () => {
  const on = await withWaiting(3);
  const { id } = (await listed(on))[1]!;
  const { status, body } = await on.post(`/v1/deliveries/${id}/retry`);
  assert.deepEqual([status, body.id], [202, id]);
  assert.deepEqual(
    on.tower.network.calls.map(({ delivery }) => delivery),
    [id],
  );
  assert.deepEqual((await audits(on))[0], ["delivery.retry", id, null]);

  const patient = await stage();
  patient.answer(failed(429, { retryAfterMs: hour }));
  await patient.tower.ring(patient.lane);
  await patient.tower.quiet();
  patient.answer(ok);
  await patient.post(`/v1/deliveries/${(await listed(patient))[0]!.id}/retry`);
  assert.equal(patient.tower.network.calls.length, 2);
});

test("a delivery that is under way, at its end or in quarantine cannot be retried, and the answer says what helps", async () => {
  const on = await stage();
  on.answer("hang");
  await on.tower.ring(on.lane);
  await on.tower.quiet();
  const { id } = (await listed(on))[0]!;
  const underWay = await on.post(`/v1/deliveries/${id}/retry`);
  assert.equal(underWay.status, 409);
  assert.match(underWay.body.detail, /under way/);
  assert.equal(on.tower.network.calls.length, 1);

  const over = await stage();
  await over.tower.ring(over.lane);
  await over.tower.quiet();
  const ended = (await listed(over))[0]!;
  const refused = await over.post(`/v1/deliveries/${ended.id}/retry`);
  assert.deepEqual([refused.status, refused.body.code], [409, "CONFLICT"]);
  assert.match(refused.body.detail, /ended as delivered: resend it/);

  const poisoned = await withWaiting(1);
  const held = (await listed(poisoned))[0]!;
  const number = Number(held.id.slice("delivery_".length));
  for (let crash = 0; crash < 2; crash++) {
    const { epoch } = await poisoned.tower.store.ledger.acquire(poisoned.tower.clock.now(), 0);
    await poisoned.tower.store.ledger.markStarted(epoch, [number]);
  }
  await poisoned.tower.store.ledger.acquire(poisoned.tower.clock.now(), 0);
  const quarantined = await poisoned.post(`/v1/deliveries/${held.id}/retry`);
  assert.equal(quarantined.status, 409);
  assert.match(quarantined.body.detail, /quarantine: resend it/);
});

test("keys of a building and a tenant act on their own subscriptions and deliveries alone", async () => {
  const on = await stage();
  const lanes: Record<string, number> = {};
  for (const [name, scope] of [
    ["building", { kind: "building", id: "building_1" }],
    ["tenant", { kind: "tenant", id: "tenant_1" }],
  ] as const) {
    const lane = await on.tower.subscribe({ scope, dialect: "butterflymx" });
    const audit = [{ at: 0, actor: "test", action: "subscription.create", object: name, detail: null }];
    const put = [on.tower.subscriptions.get(lane)!];
    await on.tower.store.registry.change({ organization: "org_1", revision: null, put, audit });
    lanes[name] = lane;
    await on.tower.ring(lane);
  }
  await on.tower.ring(on.lane);
  await on.tower.quiet();
  const all = await listed(on);
  for (const role of ["building", "tenant"] as const) {
    const key = await keyFor(on.house, role, "org_1", `${role}_1`);
    const own = on.tower.subscriptions.get(lanes[role]!)!.id;
    assert.equal((await on.post(`/v1/subscriptions/${own}/retry`, undefined, key)).status, 200);
    assert.equal((await on.post(`/v1/subscriptions/${own}/test`, { type: "ROOM_OCCUPANCY" }, key)).status, 200);
    assert.equal((await on.post(`${on.path}/retry`, undefined, key)).status, 404);
    assert.equal((await on.post(`${on.path}/test`, {}, key)).status, 404);
    for (const { id, subscription } of all as ((typeof all)[0] & { subscription: string })[]) {
      const { status } = await on.post(`/v1/deliveries/${id}/resend`, undefined, key);
      assert.equal(status, subscription === own ? 202 : 404, `${role} ${id}`);
      const { status: retry } = await on.post(`/v1/deliveries/${id}/retry`, undefined, key);
      assert.equal(retry, subscription === own ? 409 : 404, `${role} ${id}`);
    }
  }
});

test("a test is one signed request, marked as such, and its attempt is the answer", async () => {
  const on = await stage();
  const { status, body } = await on.post(`${on.path}/test`, { type: "ROOM_OCCUPANCY" });
  assert.equal(status, 200);
  const [call, ...more] = on.tower.network.calls;
  assert.equal(more.length, 0);
  const headers = Object.fromEntries(call!.request.headers);
  assert.equal(headers["belfry-test"], "true");
  assert.equal(headers["belfry-attempt"], "1");
  assert.ok(!("belfry-delivery" in headers) && !("belfry-sequence" in headers));
  verify({ secret, now: on.tower.clock.now(), headers, body: call!.request.body });
  assert.equal(headers["webhook-id"], body.webhook_id);
  assert.equal(call!.request.body, body.body);
  assert.equal(JSON.parse(body.body).type, "ROOM_OCCUPANCY");
  const { attempt, code, status: answered, response } = body;
  assert.deepEqual([attempt, code, answered, response, body.type], [1, "delivered", 200, null, "ROOM_OCCUPANCY"]);
  const [newest] = await audits(on);
  assert.equal(newest![0], "subscription.test");
  assert.deepEqual(newest![2], { type: "ROOM_OCCUPANCY", event: body.webhook_id, code: "delivered", status: 200 });
});

test("a test counts in nothing: no event, no delivery, no health of the lane, no disabling", async () => {
  const on = await withWaiting(1);
  const facts = async () => ({
    totals: await on.tower.store.history.totals(),
    lane: on.tower.dispatcher.lane(on.lane),
    stats: on.tower.dispatcher.snapshot(),
    settled: on.tower.settled.length,
    disabled: on.tower.disabled.length,
  });
  const before = await facts();
  for (const given of [ok, failed(500), failed(429, { retryAfterMs: hour }), outcome("gone", { status: 410 })]) {
    on.answer(given);
    assert.equal((await on.post(`${on.path}/test`, { type: "ROOM_OCCUPANCY" })).body.code, given.code);
  }
  assert.deepEqual(await facts(), before);
});

test("a test goes out whatever state its subscription is in, of the first type that it takes unless one is named", async () => {
  const on = await stage();
  for (const act of ["pause", "disable"]) {
    await on.act(act);
    const { status, body } = await on.post(`${on.path}/test`);
    assert.deepEqual([status, body.type], [200, "ROOM_OCCUPANCY"]);
  }
  assert.equal(on.tower.network.calls.length, 2);
  const { status, body } = await on.post(`${on.path}/test`, { type: "ROOM_OCCUPANCEY" });
  assert.deepEqual([status, body.code], [422, "INVALID"]);
  assert.match(body.detail, /Choose one of DETECTIONS/);
  assert.equal(on.tower.network.calls.length, 2);
});

test("what the receiver answers to a test is kept as of every attempt: its first bytes, without the secrets of the endpoint", async () => {
  const on = await stage();
  const url = "https://receiver.example/hook/T0kenOfMine";
  on.tower.change(on.lane, { endpoint: { url, timeoutMs: 2_000, apiKey: null, basicAuth: null } });
  const put = [on.tower.subscriptions.get(on.lane)!];
  const audit = [{ at: 0, actor: "test", action: "subscription.update", object: "it", detail: null }];
  await on.tower.store.registry.change({ organization: "org_1", revision: null, put, audit });
  const answer = failed(500, { response: Buffer.from("no /hook/T0kenOfMine here"), responseBytes: 25, durationMs: 7 });
  on.tower.network.answer(url, () => answer);
  const { body } = await on.post(`${on.path}/test`, {});
  assert.deepEqual(
    [body.code, body.status, body.duration_ms, body.response, body.response_bytes],
    ["http_error", 500, 7, "no *** here", 25],
  );
  assert.equal(on.tower.network.calls.at(-1)!.request.timeoutMs, 2_000);
});

test("a few tests of an organization may be under way at once", async () => {
  const on = await stage();
  on.answer("hang");
  const asked = Array.from({ length: 5 }, () => ask(on.house, `POST ${on.path}/test`, { key: on.key }));
  const first = await Promise.race(asked);
  assert.deepEqual([first.status, first.body.code], [429, "TOO_MANY_REQUESTS"]);
  await on.tower.clock.pass(20_000);
  const statuses = (await Promise.all(asked)).map(({ status }) => status).toSorted();
  assert.deepEqual(statuses, [200, 200, 200, 200, 429]);
  on.answer(ok);
  assert.equal((await on.post(`${on.path}/test`)).status, 200);
});
