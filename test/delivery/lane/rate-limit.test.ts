// A subscription with a rate limit, in the real dispatcher: at most the rate, over restarts and crashes, nothing lost, and no
// work while it waits.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LaneSettings } from "../../../src/model/subscription.ts";
import { createSteeredClock } from "../../fixtures/steered-clock.ts";
import { createTower, type Tower, urlOf } from "../harness.ts";
import { failed, ok } from "../network.ts";

const second = 1_000;
const minute = 60 * second;

const limit = (perSecond: number, burst = Math.max(1, perSecond)): { readonly lane: LaneSettings } => ({
  lane: { maxInFlight: null, retryDelays: null, rateLimit: { perSecond, burst } },
});

const startsOf = ({ network }: Tower, lane: number): number[] =>
  network.calls.filter(({ url }) => url === urlOf(lane)).map(({ monotonic }) => monotonic);

function assertAtMost(starts: readonly number[], perSecond: number, burst: number): void {
  for (const [first, from] of starts.entries()) {
    for (let last = first; last < starts.length; last++) {
      const allowed = burst + (perSecond * (starts[last]! - from)) / second;
      assert.ok(last - first + 1 <= allowed + 1e-6, `${last - first + 1} starts in ${starts[last]! - from} ms`);
    }
  }
}

async function begin(perSecond: number, burst?: number) {
  let [timers, life] = [0, 0];
  const steered = createSteeredClock();
  const clock = {
    ...steered,
    after(ms: number, fire: () => void) {
      timers++;
      const own = life;
      return steered.after(ms, () => own === life && fire());
    },
  };
  const tower = await createTower({ clock });
  const lane = await tower.subscribe(limit(perSecond, burst));
  await tower.dispatcher.start();
  /** Timers of a process that was killed do not fire. */
  const kill = async () => {
    life++;
    await tower.restart();
  };
  return { tower, lane, timers: () => timers, kill };
}

test("a lane with a limit starts at most so many, as many as it may, and says what it waits for", async () => {
  const { tower, lane, timers } = await begin(20, 3);
  const other = await tower.subscribe();
  await tower.ringMany(lane, 100);
  await tower.ringMany(other, 50);
  await tower.quiet();
  assert.equal(startsOf(tower, other).length, 50, "a lane without a limit is not held up");
  const status = tower.dispatcher.lane(lane)!;
  assert.deepEqual([status.waitingFor, status.startsPerSecond, status.state], ["rate_limit", 20, "ramping"]);
  const before = timers();
  await tower.clock.pass(2 * second);
  assertAtMost(startsOf(tower, lane), 20, 3);
  const started = startsOf(tower, lane).length;
  assert.ok(started >= 39 && started <= 40, `${started} in 2 s`);
  assert.ok(timers() - before <= 8 * started, `${timers() - before} timers for ${started} starts`);
  await tower.clock.pass(4 * second);
  assert.equal(startsOf(tower, lane).length, 100);
  assert.deepEqual(await tower.owed(), []);
});

test("the next starts in its time while others of the lane are under way for long", async () => {
  const { tower, lane } = await begin(10, 1);
  await tower.ringMany(lane, 4);
  await tower.clock.pass(second);
  tower.network.answer(urlOf(lane), () => "hang");
  await tower.ringMany(lane, 4);
  const before = startsOf(tower, lane).length;
  await tower.clock.pass(350);
  assert.equal(startsOf(tower, lane).length, 8, `${before} before`);
});

test("after a pause a burst may start at once", async () => {
  const { tower, lane } = await begin(1, 5);
  await tower.clock.pass(minute);
  await tower.ringMany(lane, 8);
  await tower.quiet();
  assert.equal(startsOf(tower, lane).length, 5);
  await tower.clock.pass(3 * second + 1);
  assert.equal(startsOf(tower, lane).length, 8);
});

test("retries count as well, and a resend does not jump the queue of the limit", async () => {
  const { tower, lane } = await begin(1, 1);
  tower.network.answer(urlOf(lane), ({ attempt }) => (attempt === 1 ? failed(500) : ok));
  const ids = await tower.ringMany(lane, 3);
  await tower.resend(ids[0]!, 2);
  await tower.clock.pass(20 * minute);
  assertAtMost(startsOf(tower, lane), 1, 1);
  assert.deepEqual(await tower.owed(), []);
});

test("a restart gives no second burst, nor does a kill, and nothing is lost", async () => {
  const { tower, lane, kill } = await begin(10, 10);
  await tower.clock.pass(2 * second);
  await tower.ringMany(lane, 60);
  for (let each = 0; each < 4; each++) {
    await tower.clock.pass(350);
    await kill();
  }
  await tower.clock.pass(20 * second);
  assertAtMost(startsOf(tower, lane), 10, 10);
  assert.deepEqual(await tower.owed(), []);
});

test("an attempt that waited for its mark counts from when it went", async () => {
  const { tower, lane, kill } = await begin(10, 1);
  await tower.ringMany(lane, 30);
  await tower.clock.pass(250);
  tower.fault = (verb) =>
    verb === "markStarted" ? new Promise((resolve) => void tower.clock.after(470, () => resolve())) : undefined;
  await kill();
  await tower.clock.pass(30 * second);
  assertAtMost(startsOf(tower, lane), 10, 1);
  assert.deepEqual(await tower.owed(), []);
});

test("deliveries that were marked at a crash wait for the limit, too", async () => {
  const { tower, lane, kill } = await begin(1, 1);
  tower.network.answer(urlOf(lane), () => "hang");
  await tower.ringMany(lane, 3);
  await tower.clock.pass(second + 1);
  // The first crash finds no mark; the start after it sets one, and the second crash finds it.
  await kill();
  await tower.clock.pass(second + 1);
  const before = startsOf(tower, lane).length;
  tower.network.answer(urlOf(lane), () => ok);
  await kill();
  assert.equal(startsOf(tower, lane).length, before);
  await tower.clock.pass(10 * second);
  assertAtMost(startsOf(tower, lane), 1, 1);
  assert.deepEqual(await tower.owed(), []);
});

test("a limit may be set, changed and removed while the lane waits", async () => {
  const { tower, lane } = await begin(0.01);
  await tower.ringMany(lane, 200);
  await tower.clock.pass(30 * second);
  assert.equal(startsOf(tower, lane).length, 0);
  tower.change(lane, limit(10, 1));
  await tower.clock.pass(2 * second);
  assertAtMost(startsOf(tower, lane), 10, 1);
  assert.ok(startsOf(tower, lane).length >= 19);
  tower.change(lane, { name: "renamed" });
  await tower.clock.pass(50);
  assert.ok(startsOf(tower, lane).length <= 21, "another change does not fill the bucket");
  tower.change(lane, { lane: { maxInFlight: null, retryDelays: null } });
  await tower.quiet();
  assert.equal(startsOf(tower, lane).length, 200);
  tower.change(lane, limit(1));
  await tower.ringMany(lane, 2);
  await tower.quiet();
  assert.equal(tower.dispatcher.lane(lane)!.waitingFor, "rate_limit");
});

test("a wall clock that is set opens and closes nothing", async () => {
  const { tower, lane } = await begin(5, 1);
  await tower.ringMany(lane, 40);
  await tower.clock.pass(second);
  tower.clock.jump(-10 * minute);
  await tower.clock.pass(second);
  const before = startsOf(tower, lane).length;
  assert.ok(before >= 9, String(before));
  tower.clock.jump(60 * minute);
  await tower.clock.pass(second);
  assertAtMost(startsOf(tower, lane), 5, 1);
  await tower.clock.pass(2 * minute);
  assertAtMost(startsOf(tower, lane), 5, 1);
  assert.equal(startsOf(tower, lane).length, 40);
});

test("what a limit holds back does not make Belfry late", async () => {
  const { tower, lane } = await begin(0.01);
  await tower.ringMany(lane, 5);
  await tower.clock.pass(90 * second);
  const { lateMs, waitedMs, waitingFor } = tower.dispatcher.snapshot();
  assert.ok(lateMs <= 0, String(lateMs));
  assert.ok(waitedMs >= 89 * second);
  assert.equal(waitingFor.rate_limit, 1);
});

test("a receiver that takes five a second and says so with 429 is not asked too much again and again", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  let refused = 0;
  const taken: number[] = [];
  tower.network.answer(urlOf(lane), ({ monotonic }) => {
    if (taken.filter((at) => monotonic - at < second).length < 5) return (taken.push(monotonic), ok);
    refused++;
    return failed(429, { retryAfterMs: 2 * second });
  });
  await tower.dispatcher.start();
  await tower.ringMany(lane, 400);
  await tower.clock.pass(2 * second + 1);
  const status = tower.dispatcher.lane(lane)!;
  assert.ok(status.startsPerSecond !== null && status.startsPerSecond <= 5, String(status.startsPerSecond));
  await tower.clock.pass(2 * minute);
  assert.ok(taken.length >= 250, `${taken.length} taken`);
  assert.ok(refused <= 12, `${refused} refused`);
  await tower.clock.pass(60 * minute);
  assert.deepEqual(await tower.owed(), []);
});

test("a 429 without Retry-After, or a 503 with it, teaches no pace; another endpoint or enabling forgets one", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  const paceAfter = async (answer: ReturnType<typeof failed>) => {
    tower.network.answer(urlOf(lane), () => answer);
    await tower.ring(lane);
    await tower.clock.pass(minute);
    return tower.dispatcher.lane(lane)!.startsPerSecond;
  };
  await tower.dispatcher.start();
  assert.equal(await paceAfter(failed(429)), null);
  assert.equal(await paceAfter(failed(503, { retryAfterMs: second })), null);
  tower.network.answer(urlOf(lane), () => ok);
  await tower.clock.pass(60 * minute);
  assert.ok((await paceAfter(failed(429, { retryAfterMs: 2 * minute })))! <= 0.5);
  tower.change(lane, { name: "renamed" });
  assert.notEqual(tower.dispatcher.lane(lane)!.startsPerSecond, null, "another name says nothing of the receiver");
  tower.change(lane, { state: "disabled" });
  tower.change(lane, { state: "active" });
  assert.equal(tower.dispatcher.lane(lane)!.startsPerSecond, null);
});
