// A 410 is about one endpoint at one moment: what its owner did meanwhile wins.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createDisableSubscription } from "../../../src/delivery/settle/disable-subscription.ts";
import type { Outcome } from "../../../src/model/attempt.ts";
import type { Endpoint } from "../../../src/model/subscription.ts";
import { systemClock } from "../../../src/clock.ts";
import { openTestStore } from "../../fixtures/test-store.ts";
import { addOrganization, put, subscription } from "../../contract/samples.ts";
import { calm } from "../../fixtures/steered-clock.ts";
import { createTower, type TowerOptions, urlOf } from "../harness.ts";
import { failed, ok, outcome } from "../network.ts";

const gone = outcome("gone", { status: 410 });

/** A lane with one attempt under way, which `answer` ends. */
async function underWay(options: TowerOptions = {}) {
  const tower = await createTower(options);
  const lane = await tower.subscribe();
  let answer: (outcome: Outcome) => void = () => {};
  tower.network.answer(urlOf(lane), () => new Promise((resolve) => (answer = resolve)));
  await tower.dispatcher.start();
  await tower.ring(lane);
  return {
    tower,
    lane,
    async answer(outcome: Outcome) {
      answer(outcome);
      await tower.quiet();
    },
  };
}

test("a 410 of an endpoint that was replaced while it was asked disables nothing, and the new one is called", async () => {
  const { tower, lane, answer } = await underWay();
  const { endpoint } = tower.subscriptions.get(lane)!;
  tower.change(lane, { endpoint: { ...endpoint, url: "https://elsewhere.example/" } });
  await answer(gone);
  assert.deepEqual(tower.disabled, []);
  await tower.clock.pass(60_000);
  assert.equal(tower.network.calls.at(-1)?.url, "https://elsewhere.example/");
  assert.deepEqual(await tower.owed(), []);
});

test("a 410 of an endpoint that still stands disables the subscription as it is now, once", async () => {
  const { tower, lane, answer } = await underWay();
  tower.change(lane, { name: "renamed" });
  const now = tower.subscriptions.get(lane)!;
  await answer(gone);
  assert.deepEqual(
    tower.disabled.map(({ subscription }) => subscription),
    [now],
  );
  await tower.clock.pass(3_600_000);
  assert.equal(tower.network.calls.length, 1);
});

test("what an endpoint answers that was replaced meanwhile does not hold up the one that stands now", async () => {
  const { tower, lane, answer } = await underWay();
  const { endpoint } = tower.subscriptions.get(lane)!;
  tower.change(lane, { endpoint: { ...endpoint, url: "https://elsewhere.example/" } });
  await answer(failed(503, { retryAfterMs: 3_600_000 }));
  assert.equal(tower.dispatcher.lane(lane)?.lastFailure, null);
  await tower.ring(lane);
  await tower.quiet();
  assert.equal(tower.network.calls.at(-1)?.url, "https://elsewhere.example/");
  assert.equal(tower.network.calls.length, 2);
});

/** Parts of an endpoint that may be replaced while its URL stays. */
const otherParts = {
  apiKey: { name: "x-key", value: "another-key" },
  basicAuth: { username: "belfry", password: "another-password" },
  headers: { "x-tenant": "another" },
  timeoutMs: 9_000,
} satisfies Partial<Endpoint>;

for (const [part, value] of Object.entries(otherParts)) {
  test(`a late 410 or wish to wait is void when ${part} of the endpoint was replaced, and the next attempt tells`, async () => {
    for (const late of [gone, failed(503, { retryAfterMs: 3_600_000 })]) {
      const { tower, lane, answer } = await underWay();
      const { endpoint } = tower.subscriptions.get(lane)!;
      tower.change(lane, { endpoint: { ...endpoint, [part]: value } });
      await answer(late);
      assert.deepEqual(tower.disabled, []);
      assert.equal(tower.dispatcher.lane(lane)?.state, "ramping");
      tower.network.answer(urlOf(lane), () => gone);
      await tower.ring(lane);
      await tower.quiet();
      assert.equal(tower.disabled.length, 1, "what the endpoint answers as it stands now counts");
    }
  });
}

test("a 410 of an attempt that began before the customer enabled the subscription again does not disable it again", async () => {
  const { tower, lane, answer } = await underWay();
  tower.change(lane, { state: "disabled", disabledReason: "The receiver answered 410 Gone." });
  tower.change(lane, { state: "active", disabledReason: null });
  await answer(gone);
  assert.deepEqual(tower.disabled, []);
  await tower.clock.pass(60_000);
  assert.equal(tower.network.calls.length, 2, "it is tried again, and that attempt tells");
  await answer(gone);
  assert.equal(tower.disabled.length, 1);
});

test("a 410 of an attempt that was under way when the subscription was disabled for another reason is not lost", async () => {
  const { tower, lane, answer } = await underWay();
  tower.change(lane, { state: "disabled", disabledReason: "Disabled through the operator API." });
  await answer(gone);
  assert.equal(tower.disabled.length, 1);
});

test("the wait that a replaced endpoint asked for does not bind its delivery either", async () => {
  const { tower, lane, answer } = await underWay();
  const { endpoint } = tower.subscriptions.get(lane)!;
  tower.change(lane, { endpoint: { ...endpoint, url: "https://elsewhere.example/new" } });
  await answer(failed(503, { retryAfterMs: 3_600_000 }));
  await tower.clock.pass(10_000);
  assert.equal(tower.network.calls.at(-1)?.url, "https://elsewhere.example/new");
  assert.deepEqual(await tower.owed(), []);
});

test("failures of a replaced endpoint do not open the breaker of the one that stands now", async () => {
  const tower = await createTower({ settings: { breakAfter: 3 } });
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  for (let round = 0; round < 3; round++) {
    await tower.ring(lane);
    await tower.quiet();
  }
  const open: ((outcome: Outcome) => void)[] = [];
  tower.network.answer(urlOf(lane), () => new Promise((resolve) => open.push(resolve)));
  await tower.ringMany(lane, 4);
  assert.equal(open.length, 4);
  const { endpoint } = tower.subscriptions.get(lane)!;
  tower.change(lane, { endpoint: { ...endpoint, apiKey: { name: "x-key", value: "right-now" } } });
  for (const answer of open) answer(failed(401));
  await tower.quiet();
  const status = tower.dispatcher.lane(lane);
  assert.deepEqual([status?.failures, status?.state, status?.lastFailure], [0, "open", null]);
});

test("a disabling that cannot be written is given up when the owner has changed the subscription", async () => {
  const tried: number[] = [];
  const tower = await createTower({
    disable: (subscription) => {
      tried.push(subscription.updatedAt);
      return Promise.reject(new Error("The disk is full."));
    },
  });
  const lane = await tower.subscribe();
  tower.network.answer(urlOf(lane), () => gone);
  await tower.dispatcher.start();
  await tower.ring(lane);
  await tower.quiet();
  await tower.clock.pass(60_000);
  const before = tried.length;
  assert.ok(before > 1, "it is tried again");
  tower.network.answer(urlOf(lane), () => ok);
  tower.change(lane, {});
  await tower.clock.pass(3_600_000);
  assert.ok(tried.length <= before + 1);
  assert.equal(new Set(tried).size, 1, "never the subscription as the owner has made it since");
  assert.deepEqual(await tower.owed(), [], "and the lane goes on");
});

test("until the disabling is written the lane stays shut, whatever else of its organization changes", async () => {
  const { tower, lane, answer } = await underWay({ disable: () => Promise.reject(new Error("The disk is full.")) });
  tower.change(lane, { name: "renamed" });
  await answer(gone);
  // As it is read again: another record, and the same subscription.
  tower.subscriptions.set(lane, { ...tower.subscriptions.get(lane)! });
  tower.dispatcher.subscriptionsChanged("org_1");
  await tower.ring(lane);
  await tower.clock.pass(3_600_000);
  assert.equal(tower.network.calls.length, 1);
});

test("in the store, only the subscription that was judged is disabled", async () => {
  const store = await openTestStore({ directory: null, masterKey: new Uint8Array(32), clock: systemClock });
  await addOrganization(store.registry);
  const judged = subscription(1);
  const beside = subscription(2, { id: "webhook_beside" });
  await put(store.registry, "org_one", judged, beside);
  const disable = createDisableSubscription(store.registry, systemClock);
  const stateOf = async (id: string) => (await store.registry.subscription(id, null))?.state;

  const changed = { ...judged, updatedAt: judged.updatedAt + 1 };
  await put(store.registry, "org_one", changed);
  await disable(judged, "The receiver answered 410 Gone.");
  assert.equal(await stateOf(judged.id), "active", "its owner has changed it since");

  await disable(changed, "The receiver answered 410 Gone.");
  assert.deepEqual([await stateOf(judged.id), await stateOf(beside.id)], ["disabled", "active"]);
  const [entry] = (await store.history.audit({ limit: 1, before: null })).items;
  assert.deepEqual([entry?.actor, entry?.action, entry?.object], ["system", "subscription.disable", judged.id]);

  await disable({ ...changed, number: 9 }, "gone");
  await calm();
  assert.equal(await stateOf(beside.id), "active");
  await store.close();
});
