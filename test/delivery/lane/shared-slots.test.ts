// Slots that the dispatchers of one process share.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import * as buffers from "../../../src/delivery/lane/buffer.ts";
import {
  createHost,
  createLane,
  createOrganizationSlots,
  hostShare,
  type Lane,
} from "../../../src/delivery/lane/lane.ts";
import { createResidentRows } from "../../../src/delivery/lane/resident.ts";
import { createScheduler } from "../../../src/delivery/lane/scheduler.ts";
import { createSharedSlots, type SharedSlots } from "../../../src/delivery/lane/shared-slots.ts";
import { deliveryDefaults } from "../../../src/delivery/settings.ts";
import type { DueDelivery } from "../../../src/store/owed.ts";

let last = 0;

/** A dispatcher with one quick lane of an organization of its own, which is owed one delivery to the host. */
function dispatcherAt(shared: SharedSlots, name: string) {
  const part = shared.join();
  const woken = { turns: 0 };
  part.endTurnSoon = () => void woken.turns++;
  const scheduler = createScheduler(deliveryDefaults, () => 0, shared, part);
  const host = createHost(name, () => {
    scheduler.wake(host);
    part.endTurnSoon();
  });
  host.peers = shared.enter(host);
  const number = ++last;
  const lane: Lane = createLane(number, createOrganizationSlots(`org_${number}`), hostShare(host, `org_${number}`));
  Object.assign(lane, { barred: false, quick: true, cap: 4, pace: 4 });
  const event = { number, id: "", dialect: "butlr", type: "X", body: "{}", revision: 0, previous: null } as const;
  const row = { number, lane: number, class: "live", variant: 0, attempts: 0, due: 0, createdAt: 0, sequence: null };
  assert.ok(buffers.reserve(lane.buffer, 8));
  assert.ok(buffers.add(lane.buffer, { ...row, event } as DueDelivery, createResidentRows()));
  const start = () => {
    assert.equal(scheduler.pick(0), lane);
    buffers.next(lane.buffer, 5);
    return scheduler.started(lane, false);
  };
  return { part, scheduler, host, lane, woken, start };
}

test("a host's slots are those of all dispatchers, and one that frees them wakes the others; of one that ends nothing counts", async () => {
  const shared = createSharedSlots({ hostCap: 1, several: true });
  const [one, other, third] = ["a:443", "a:443", "a:443"].map((name) => dispatcherAt(shared, name)) as [
    ReturnType<typeof dispatcherAt>,
    ReturnType<typeof dispatcherAt>,
    ReturnType<typeof dispatcherAt>,
  ];
  one.scheduler.place(one.lane, 0);
  const slot = one.start();
  for (const { scheduler, lane } of [other, third]) {
    scheduler.place(lane, 0);
    assert.equal(scheduler.pick(0), null);
    assert.equal(scheduler.slotReason(lane), "at_host_cap");
  }
  const before = other.woken.turns;
  one.scheduler.ended(slot);
  await nextTurn();
  assert.ok(other.woken.turns > before);
  other.start();
  assert.equal(third.scheduler.pick(0), null);
  // Its process goes on, and what it had under way is no longer its own.
  shared.exit(other.host);
  shared.leave(other.part);
  third.start();
});

test("with a larger part of the host's cap waiting lanes go on", () => {
  const shared = createSharedSlots({ hostCap: 1, several: true });
  const [one, other] = [dispatcherAt(shared, "a:443"), dispatcherAt(shared, "a:443")];
  one.scheduler.place(one.lane, 0);
  one.start();
  other.scheduler.place(other.lane, 0);
  assert.equal(other.scheduler.pick(0), null);
  shared.setHostCap(2);
  assert.ok(other.woken.turns > 0);
  other.start();
});

test("of the slots in all nobody has more than its equal part while others wait, and everything when it is alone", () => {
  let isOwner = true;
  const shared = createSharedSlots({ hostCap: 64, several: true, mayStart: () => isOwner });
  const held = [0, 0, 0];
  const parts = held.map((_, index) => {
    const part = shared.join();
    part.held = () => held[index]!;
    return part;
  });
  const holds = (...now: readonly number[]) => {
    Object.assign(held, now);
    for (const part of parts) part.tell();
  };
  const [one, other, third] = parts as [(typeof parts)[0], (typeof parts)[0], (typeof parts)[0]];
  holds(11);
  assert.equal(shared.hasRoom(one, 12), true);
  holds(12);
  assert.equal(shared.hasRoom(one, 12), false);
  shared.waits(one, true, false);
  shared.waits(other, true, false);
  holds(11);
  assert.equal(shared.hasRoom(one, 12), false, "the other one is next");
  assert.equal(shared.hasRoom(other, 12), true);
  holds(6, 5);
  assert.equal(shared.hasRoom(one, 12), false);
  assert.equal(shared.hasRoom(other, 12), true);
  assert.equal(shared.hasRoom(third, 12), true);
  shared.waits(other, false, false);
  assert.equal(shared.hasRoom(one, 12), true);
  isOwner = false;
  assert.equal(shared.hasRoom(one, 12), false, "nobody knows whether another node owns it by now");
});

test("memory is counted over all", () => {
  const shared = createSharedSlots({ hostCap: 64, several: true });
  const [one, other] = [shared.join(), shared.join()];
  let rows = 7;
  Object.assign(other, { rows: () => rows, bytes: () => 70 });
  other.tell();
  assert.deepEqual([shared.others(one, "rows"), shared.others(one, "bytes")], [7, 70]);
  assert.equal(shared.others(other, "rows"), 0);
  rows = 5;
  other.tell();
  assert.equal(shared.others(one, "rows"), 5);
  shared.leave(other);
  assert.deepEqual([shared.others(one, "rows"), shared.others(one, "bytes")], [0, 0]);
});

test("however many attempts end at once, a dispatcher that waits for room looks once, and one that waits for none does not", async () => {
  const shared = createSharedSlots({ hostCap: 64, several: true });
  const [busy, waiting, idle] = [shared.join(), shared.join(), shared.join()];
  const woken = [0, 0, 0];
  [busy, waiting, idle].forEach((part, index) => (part.endTurnSoon = () => void woken[index]!++));
  shared.waits(waiting, true, false);
  for (let ended = 0; ended < 5; ended++) shared.freed(busy);
  await nextTurn();
  assert.deepEqual(woken, [0, 1, 0]);
  shared.freed(busy);
  await nextTurn();
  assert.deepEqual(woken, [0, 2, 0]);
});
