// Who goes next, without a dispatcher around it.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as buffers from "../../../src/delivery/lane/buffer.ts";
import {
  createHost,
  createLane,
  createOrganizationSlots,
  type Host,
  hostShare,
  type Lane,
} from "../../../src/delivery/lane/lane.ts";
import { createResidentRows } from "../../../src/delivery/lane/resident.ts";
import { createScheduler } from "../../../src/delivery/lane/scheduler.ts";
import { deliveryDefaults } from "../../../src/delivery/settings.ts";
import type { DueDelivery } from "../../../src/store/owed.ts";

let last = 0;

/** A lane of an organization of its own, which is owed one delivery. */
function laneAt(host: Host, quick: boolean): Lane {
  const number = ++last;
  const lane = createLane(number, createOrganizationSlots(`org_${number}`), hostShare(host, `org_${number}`));
  Object.assign(lane, { barred: false, quick, cap: 4, pace: 4 });
  const event = {
    number,
    id: `evt_${number}`,
    dialect: "butlr",
    type: "X",
    body: "{}",
    revision: 0,
    previous: null,
  } as const;
  const delivery: DueDelivery = {
    number,
    lane: number,
    class: "live",
    variant: 0,
    attempts: 0,
    due: 0,
    createdAt: 0,
    event,
    sequence: null,
  };
  assert.ok(buffers.reserve(lane.buffer, 8));
  assert.ok(buffers.add(lane.buffer, delivery, createResidentRows()));
  return lane;
}

test("a host's free slot goes on to the next lane when the one it was offered to has no other slot left", () => {
  const caps = { subscription: 4, organization: 64, host: 1, overall: 4 };
  const scheduler = createScheduler({ ...deliveryDefaults, caps, slowShare: 0.5 }, () => 0);
  const shared = createHost("shared.example:443");
  const first = laneAt(shared, true);
  const start = (lane: Lane) => {
    assert.equal(buffers.next(lane.buffer, 5)?.lane, lane.number);
    return scheduler.started(lane, false);
  };
  scheduler.place(first, 0);
  assert.equal(scheduler.pick(0), first);
  const slot = start(first);
  const [slow, quick] = [laneAt(shared, false), laneAt(shared, true)];
  for (const lane of [slow, quick]) {
    scheduler.place(lane, 0);
    assert.equal(scheduler.pick(0), null);
    assert.equal(scheduler.slotReason(lane), "at_host_cap");
  }
  const elsewhere = [laneAt(createHost("a.example:443"), false), laneAt(createHost("b.example:443"), false)];
  for (const lane of elsewhere) scheduler.place(lane, 0);
  scheduler.ended(slot);
  assert.equal(scheduler.slotReason(slow), null, "it is offered the slot");
  for (const lane of elsewhere) {
    assert.equal(scheduler.pick(0), lane);
    start(lane);
  }
  assert.equal(scheduler.slotReason(slow), "slow_share");
  assert.equal(scheduler.pick(0), quick);
});
