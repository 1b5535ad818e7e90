// Every reason why a lane starts nothing, brought about once in the real dispatcher.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeliverySettings } from "../../../src/delivery/settings.ts";
import type { Outcome } from "../../../src/model/attempt.ts";
import type { IdleReason } from "../../../src/model/lane.ts";
import { createSharedSlots } from "../../../src/delivery/lane/shared-slots.ts";
import { failed, shortage } from "../network.ts";
import { createTower, type Tower, type TowerOptions, urlOf } from "../harness.ts";

const never = (): Promise<Outcome> => new Promise(() => {});
const reasonOf = ({ dispatcher }: Tower, lane: number) => dispatcher.lane(lane)?.waitingFor ?? null;
const caps = { subscription: 4, organization: 64, host: 64, overall: 64 };

async function begin(settings: Partial<DeliverySettings> = {}, more: Partial<TowerOptions> = {}) {
  const tower = await createTower({ settings, ...more });
  const [lane, other] = [await tower.subscribe(), await tower.subscribe()];
  await tower.dispatcher.start();
  return { tower, lane, other };
}

/** The other lane has an attempt under way that does not end, and this one is owed a delivery. */
async function behindAnother(settings: Partial<DeliverySettings>) {
  const { tower, lane, other } = await begin(settings);
  tower.network.answer(urlOf(other), never);
  await tower.ring(other);
  await tower.ring(lane);
  return reasonOf(tower, lane);
}

const reasons: Record<IdleReason, () => Promise<IdleReason | null>> = {
  async stopping() {
    const { tower, lane } = await begin();
    tower.network.answer(urlOf(lane), never);
    await tower.ring(lane);
    void tower.dispatcher.stop();
    return reasonOf(tower, lane);
  },
  async disabled() {
    const { tower, lane } = await begin();
    tower.change(lane, { state: "disabled" });
    await tower.ring(lane);
    return reasonOf(tower, lane);
  },
  async withdrawing() {
    const { tower, lane } = await begin();
    tower.fault = (verb) => (verb === "withdraw" ? new Promise(() => {}) : undefined);
    tower.dispatcher.withdraw([{ number: 1, lane }]);
    await tower.ring(lane);
    return reasonOf(tower, lane);
  },
  async paused() {
    const { tower, lane } = await begin();
    tower.change(lane, { paused: { at: tower.clock.now(), by: "key_test" }, state: "disabled" });
    await tower.ring(lane);
    return reasonOf(tower, lane);
  },
  async backing_off() {
    const { tower, lane } = await begin();
    tower.network.answer(urlOf(lane), () => failed(503));
    await tower.ringMany(lane, 2);
    return reasonOf(tower, lane);
  },
  async local_shortage() {
    const { tower, lane } = await begin();
    tower.network.answer(urlOf(lane), () => shortage);
    await tower.ring(lane);
    return reasonOf(tower, lane);
  },
  async nothing_due() {
    const { tower, lane } = await begin();
    tower.network.answer(urlOf(lane), () => failed(500));
    await tower.ring(lane);
    return reasonOf(tower, lane);
  },
  async recovering() {
    const { tower, lane } = await begin();
    tower.network.answer(urlOf(lane), never);
    await tower.ringMany(lane, 3);
    await tower.restart();
    return reasonOf(tower, lane);
  },
  async probing() {
    const { tower, lane } = await begin();
    tower.network.answer(urlOf(lane), () => failed(500));
    await tower.ringMany(lane, 9);
    await tower.quiet();
    tower.network.answer(urlOf(lane), never);
    await tower.clock.pass(6_000);
    return reasonOf(tower, lane);
  },
  async at_lane_cap() {
    const { tower, lane } = await begin();
    tower.network.answer(urlOf(lane), never);
    await tower.ringMany(lane, 2);
    return reasonOf(tower, lane);
  },
  async rate_limit() {
    const { tower, lane } = await begin();
    tower.change(lane, { lane: { maxInFlight: null, retryDelays: null, rateLimit: { perSecond: 1, burst: 1 } } });
    await tower.ring(lane);
    return reasonOf(tower, lane);
  },
  async store_stuck() {
    const { tower, lane } = await begin();
    tower.fault = () => {
      throw new Error("the disk is full");
    };
    await tower.ringMany(lane, 9);
    await tower.clock.pass(1_000);
    return reasonOf(tower, lane);
  },
  memory_full: () => behindAnother({ rowsInMemory: 1, caps: { ...caps, overall: 1 } }),
  async loading() {
    const { tower, lane } = await begin();
    tower.dispatcher.readLater(lane, "retry", tower.clock.now());
    assert.equal(reasonOf(tower, lane), null, "its turn has not ended");
    await Promise.resolve();
    return reasonOf(tower, lane);
  },
  async cut_off() {
    const shared = createSharedSlots({ hostCap: caps.host, several: true, mayStart: () => isCertain });
    let isCertain = true;
    const { tower, lane } = await begin({}, { shared });
    isCertain = false;
    await tower.ring(lane);
    return reasonOf(tower, lane);
  },
  at_overall_cap: () => behindAnother({ caps: { ...caps, overall: 1 } }),
  at_organization_cap: () => behindAnother({ caps: { ...caps, organization: 1 } }),
  async at_host_cap() {
    const { tower, lane, other } = await begin({ caps: { ...caps, host: 1 } });
    tower.network.answer(urlOf(other), never);
    tower.change(lane, { endpoint: tower.subscriptions.get(other)!.endpoint });
    await tower.ring(other);
    await tower.ring(lane);
    return reasonOf(tower, lane);
  },
  slow_share: () => behindAnother({ caps: { ...caps, overall: 2 } }),
};

for (const [expected, bringAbout] of Object.entries(reasons)) {
  test(`a lane that starts nothing says so: ${expected}`, async () => {
    assert.equal(await bringAbout(), expected);
  });
}

test("lanes are counted by their reasons", async () => {
  const { tower, lane, other } = await begin();
  tower.network.answer(urlOf(lane), never);
  tower.network.answer(urlOf(other), () => failed(429));
  await tower.ringMany(lane, 3);
  await tower.ringMany(other, 3);
  const { waitingFor } = tower.dispatcher.snapshot();
  const counted = Object.entries(waitingFor).filter(([, count]) => count > 0);
  assert.deepEqual(counted, [
    ["backing_off", 1],
    ["at_lane_cap", 1],
  ]);
});
