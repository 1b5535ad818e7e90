import assert from "node:assert/strict";
import { test } from "node:test";
import { createLanes } from "../../../src/delivery/lane/lanes.ts";
import { createScheduler } from "../../../src/delivery/lane/scheduler.ts";
import { deliveryDefaults } from "../../../src/delivery/settings.ts";
import type { Subscription } from "../../../src/model/subscription.ts";
import { subscriptionOf } from "../harness.ts";

test("a host that an edit left is forgotten with its last attempt, and not before", () => {
  const subscriptions = new Map<number, Subscription>();
  const schedule = createScheduler(deliveryDefaults, () => 0);
  const directory = createLanes(subscriptions, schedule, 4, { now: () => 0, ownedSince: () => 0 });
  const point = (host: string) => {
    const endpoint = { url: `https://${host}/`, timeoutMs: 1_000, apiKey: null, basicAuth: null };
    subscriptions.set(1, subscriptionOf(1, 0, { endpoint }));
    directory.refresh(directory.lane(1));
    return directory.lane(1).host;
  };
  const left = point("a.example");
  const slot = schedule.started(directory.lane(1), false);
  point("b.example");
  assert.equal(point("a.example"), left);
  point("b.example");
  schedule.ended(slot);
  directory.dropEmpty(slot);
  assert.notEqual(point("a.example"), left);
});
