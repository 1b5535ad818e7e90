// A subscription whose receiver fails for days, in the real dispatcher and over restarts: told three times, then disabled, and
// nothing that it is owed is lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import { reportDelivery } from "../../src/delivery/report.ts";
import type { FailingNotice } from "../../src/model/engine-events.ts";
import { joinListeners } from "../../src/model/engine-events.ts";
import { type Line, notingLog } from "../fixtures/noted-log.ts";
import { deliveryDefaults } from "../../src/delivery/settings.ts";
import { createTower, type TowerOptions, urlOf } from "./harness.ts";
import { failed, ok, outcome } from "./network.ts";

const minute = 60_000;
const hour = 60 * minute;
/** Long enough for 20 probes, and short enough for a test. */
const autoDisableMs = 12 * hour;

/** Something is always due. */
const retryDelays = Array.from({ length: 50 }, () => 2 * hour);

async function begin(options: TowerOptions = {}) {
  const notices: (FailingNotice & { readonly at: number })[] = [];
  const reasons: (string | null)[] = [];
  const lines: Line[] = [];
  const heard = {
    failingLong: (_: unknown, notice: FailingNotice) => notices.push({ ...notice, at: tower.clock.now() }),
    laneChanged: (_: unknown, { state }: { state: string }, reason: string | null) =>
      state === "disabled" && reasons.push(reason),
  };
  const log = notingLog((line) => lines.push(line));
  const events = joinListeners([heard, reportDelivery(log)], (error) => assert.fail(String(error)));
  const settings = { autoDisableMs, retryDelays, ...options.settings };
  const tower = await createTower({ ...options, settings, events });
  const lane = await tower.subscribe();
  tower.network.answer(urlOf(lane), () => failed(500));
  await tower.dispatcher.start();
  const state = () => tower.subscriptions.get(lane)!.state;
  return { tower, lane, notices, reasons, lines, state };
}

test("unless told otherwise, a subscription is disabled after five days and 20 failed attempts", () => {
  const { autoDisableMs, autoDisableAttempts } = deliveryDefaults;
  assert.deepEqual([autoDisableMs, autoDisableAttempts], [120 * hour, 20]);
});

test("notices come at 50, 75 and 90 % of the time, then it is disabled with the reason in words", async () => {
  const { tower, lane, notices, reasons, lines, state } = await begin();
  await tower.ringMany(lane, 30);
  const began = tower.clock.now();
  await tower.clock.pass(autoDisableMs - minute);
  assert.equal(state(), "active");
  assert.deepEqual(
    notices.map(({ percent }) => percent),
    [50, 75, 90],
  );
  for (const { percent, at, since, disabledAt } of notices) {
    assert.equal(since, began);
    assert.equal(disabledAt, began + autoDisableMs);
    const late = at - began - (autoDisableMs * percent) / 100;
    assert.ok(late >= 0 && late <= 40 * minute, `${percent} % came ${late} ms late`);
  }
  await tower.clock.pass(hour);
  assert.equal(state(), "disabled");
  assert.equal(tower.disabled.length, 1);
  assert.match(tower.disabled[0]!.reason, /^No delivery has succeeded since 2026-01-05T08:00:00.000Z: \d+ attempts/);
  assert.match(tower.disabled[0]!.reason, /, the last with 500\. What it is owed is held\. Enable it when/);
  assert.deepEqual(reasons, [tower.disabled[0]!.reason]);
  const told = lines.filter(({ event }) => event.startsWith("subscription."));
  assert.deepEqual(
    told.map(({ event, level, facts }) => [event, level, facts["percent"]]),
    [
      ["subscription.failing_long", "warn", 50],
      ["subscription.failing_long", "warn", 75],
      ["subscription.failing_long", "warn", 90],
      ["subscription.disabled", "warn", undefined],
    ],
  );
  assert.equal(told.at(-1)!.facts["reason"], tower.disabled[0]!.reason);
});

test("what it is owed is held, and enabling sends all of it", async () => {
  const { tower, lane, state } = await begin();
  await tower.ringMany(lane, 40);
  await tower.clock.pass(autoDisableMs + hour);
  assert.equal(state(), "disabled");
  const calls = tower.network.calls.length;
  await tower.ringMany(lane, 10);
  await tower.clock.pass(3 * hour);
  assert.equal(tower.network.calls.length, calls, "nothing goes to a disabled one");
  assert.equal(tower.dispatcher.lane(lane)!.waitingFor, "disabled");
  tower.network.answer(urlOf(lane), () => ok);
  tower.change(lane, { state: "active", disabledReason: null });
  assert.equal(tower.dispatcher.lane(lane)!.failing, null, "its time begins anew");
  await tower.quiet();
  await tower.clock.pass(3 * hour);
  const arrived = tower.settled.filter(({ next }) => "state" in next && next.state === "delivered");
  assert.equal(new Set(arrived.map(({ delivery }) => delivery)).size, 50);
  assert.deepEqual(await tower.owed(), []);
});

test("restarts on the way change nothing: neither the time, nor the count, nor a notice twice", async () => {
  const { tower, lane, notices, state } = await begin();
  await tower.ringMany(lane, 30);
  for (let each = 0; each < 9; each++) {
    await tower.clock.pass(78 * minute);
    await tower.restart();
  }
  assert.equal(state(), "active");
  assert.deepEqual(
    notices.map(({ percent }) => percent),
    [50, 75, 90],
  );
  const { failing } = tower.dispatcher.lane(lane)!;
  assert.ok(failing!.attempts >= 20, String(failing!.attempts));
  await tower.clock.pass(70 * minute);
  assert.equal(state(), "disabled");
});

test("one success begins the time anew", async () => {
  const { tower, lane, notices, state } = await begin();
  await tower.ringMany(lane, 30);
  await tower.clock.pass(10 * hour);
  tower.network.answer(urlOf(lane), () => ok);
  await tower.clock.pass(hour);
  tower.network.answer(urlOf(lane), () => failed(500));
  await tower.restart();
  await tower.ringMany(lane, 30);
  await tower.clock.pass(10 * hour);
  assert.equal(state(), "active");
  assert.deepEqual(
    notices.map(({ percent }) => percent),
    [50, 75, 50, 75],
  );
});

test("a pause that is lifted, another endpoint and enabling begin it anew; another name does not", async () => {
  const acts = {
    paused: (tower: Awaited<ReturnType<typeof createTower>>, lane: number) => {
      tower.change(lane, { paused: { at: 0, by: "key_test" } });
      tower.change(lane, { paused: null });
    },
    moved: (tower: Awaited<ReturnType<typeof createTower>>, lane: number) => {
      const { endpoint } = tower.subscriptions.get(lane)!;
      tower.change(lane, { endpoint: { ...endpoint, url: `${endpoint.url}/new` } });
    },
    renamed: (tower: Awaited<ReturnType<typeof createTower>>, lane: number) => tower.change(lane, { name: "renamed" }),
  };
  for (const [name, act] of Object.entries(acts)) {
    const { tower, lane } = await begin();
    await tower.ringMany(lane, 8);
    await tower.clock.pass(hour);
    act(tower, lane);
    assert.equal(tower.dispatcher.lane(lane)!.failing === null, name !== "renamed", name);
  }
});

test("a time of its own counts, and 0 means never", async () => {
  const { tower, lane, notices } = await begin();
  const [quick, never] = [await tower.subscribe(), await tower.subscribe()];
  const own = (autoDisableMs: number) => ({ lane: { maxInFlight: null, retryDelays: null, autoDisableMs } });
  tower.change(quick, own(10 * hour));
  tower.change(never, own(0));
  for (const each of [quick, never]) tower.network.answer(urlOf(each), () => failed(500));
  await tower.ringMany(quick, 40);
  await tower.ringMany(never, 40);
  await tower.ringMany(lane, 40);
  await tower.clock.pass(11 * hour);
  assert.equal(tower.subscriptions.get(quick)!.state, "disabled");
  assert.equal(notices.length, 6, "the other is at 90 %");
  await tower.clock.pass(2 * hour);
  assert.equal(tower.subscriptions.get(lane)!.state, "disabled");
  assert.equal(tower.subscriptions.get(never)!.state, "active");
  assert.equal(notices.length, 6);
});

test("a longer time that is set on the way gives its notices in its own time", async () => {
  const { tower, lane, notices } = await begin();
  await tower.ringMany(lane, 40);
  await tower.clock.pass(10 * hour);
  tower.change(lane, { lane: { maxInFlight: null, retryDelays: null, autoDisableMs: 24 * hour } });
  await tower.clock.pass(5 * hour);
  assert.equal(tower.subscriptions.get(lane)!.state, "active");
  assert.deepEqual(
    notices.map(({ percent }) => percent),
    [50, 75, 50],
  );
});

test("fewer than 20 failed attempts disable nothing, however long it takes", async () => {
  const { tower, lane, notices, state } = await begin({ settings: { retryDelays: [20 * hour] } });
  await tower.ring(lane);
  await tower.clock.pass(60 * hour);
  assert.equal(state(), "active");
  assert.equal(notices.length, 1);
});

test("a clock that is set ahead by a year gives three notices first, each with another failed attempt", async () => {
  const { tower, lane, notices, state } = await begin();
  await tower.ringMany(lane, 30);
  await tower.clock.pass(5 * hour);
  tower.clock.jump(365 * 24 * hour);
  const steps: string[] = [];
  for (let calls = tower.network.calls.length; state() === "active"; await tower.clock.pass(1_000)) {
    if (tower.network.calls.length === calls) continue;
    assert.equal(tower.network.calls.length, calls + 1);
    calls++;
    steps.push(`${notices.length} told, ${state()}`);
  }
  assert.deepEqual(steps.slice(0, 3), ["1 told, active", "2 told, active", "3 told, active"]);
  assert.equal(state(), "disabled");
});

test("faults of Belfry's own and attempts that were not made are no failures of the receiver", async () => {
  const { tower, lane } = await begin();
  tower.network.answer(urlOf(lane), () => outcome("interrupted"));
  await tower.ringMany(lane, 3);
  await tower.clock.pass(hour);
  assert.equal(tower.dispatcher.lane(lane)!.failing, null);
});

test("a subscription that could not be disabled at first is, and starts nothing meanwhile", async () => {
  let tries = 0;
  const { tower, lane, reasons } = await begin({
    disable: () => (++tries < 3 ? Promise.reject(new Error("the disk is full")) : Promise.resolve()),
  });
  await tower.ringMany(lane, 30);
  await tower.clock.pass(autoDisableMs + hour);
  assert.equal(tries, 3);
  assert.equal(reasons.length, 1);
  const calls = tower.network.calls.length;
  await tower.clock.pass(3 * hour);
  assert.equal(tower.network.calls.length, calls);
});
