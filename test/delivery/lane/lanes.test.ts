import assert from "node:assert/strict";
import { test } from "node:test";
import { createLanes } from "../../../src/delivery/lane/lanes.ts";
import { startsPerSecond } from "../../../src/delivery/lane/throttle.ts";
import { createScheduler } from "../../../src/delivery/lane/scheduler.ts";
import { deliveryDefaults } from "../../../src/delivery/settings.ts";
import type { Subscription } from "../../../src/model/subscription.ts";
import { subscriptionOf } from "../harness.ts";

const lanesOf = (
  subscriptions: ReadonlyMap<number, Subscription>,
  scheduler = createScheduler(deliveryDefaults, () => 0),
) =>
  createLanes({
    subscriptions,
    scheduler,
    usualCap: 4,
    monotonic: () => 0,
    ownedSince: () => 0,
    isHeldBack: () => false,
    statesOf: () => ({}),
  });

test("a lane that has started nothing yet is looked at with the cap and the limit of its subscription", () => {
  const lane = { maxInFlight: 2, retryDelays: null, rateLimit: { perSecond: 5, burst: 1 } };
  const lanes = lanesOf(new Map([[1, subscriptionOf(1, 0, { lane })]]));
  const seen = lanes.peek(1);
  assert.deepEqual([seen.cap, startsPerSecond(seen), seen.barred], [2, 5, false]);
  assert.deepEqual([...lanes.lanes()], []);
});

test("a host that an edit left is forgotten with its last attempt, and not before", () => {
  const subscriptions = new Map<number, Subscription>();
  const scheduler = createScheduler(deliveryDefaults, () => 0);
  const directory = lanesOf(subscriptions, scheduler);
  const point = (host: string) => {
    const endpoint = { url: `https://${host}/`, timeoutMs: 1_000, apiKey: null, basicAuth: null };
    subscriptions.set(1, subscriptionOf(1, 0, { endpoint }));
    directory.refresh(directory.lane(1));
    return directory.lane(1).host;
  };
  const left = point("a.example");
  const slot = scheduler.started(directory.lane(1), false);
  point("b.example");
  assert.equal(point("a.example"), left);
  point("b.example");
  scheduler.ended(slot);
  directory.dropEmpty(slot);
  assert.notEqual(point("a.example"), left);
});
