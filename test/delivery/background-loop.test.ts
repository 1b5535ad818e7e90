// The loop behind all work in the background: nothing is left behind, and a step that fails is made again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type BackgroundOptions, createBackgroundLoop } from "../../src/delivery/background-loop.ts";
import { retryUntilDone } from "../../src/delivery/retry-until-done.ts";
import { silentLog } from "../../src/log.ts";
import { OwnershipLost } from "../../src/store/ownership.ts";
import { notingLog } from "../fixtures/noted-log.ts";
import { calm, createSteeredClock } from "../fixtures/steered-clock.ts";

function optionsWith(parts: Partial<BackgroundOptions> = {}) {
  const clock = createSteeredClock();
  const failures: unknown[] = [];
  const options: BackgroundOptions = {
    clock,
    log: silentLog,
    backoffMs: { first: 100, most: 1_000 },
    keepTrying: () => true,
    onFailed: (error) => void failures.push(error),
    ...parts,
  };
  return { clock, failures, options };
}

test("steps are made one at a time until nothing is left, and again when somebody wakes the loop, also during its last step", async () => {
  const { options } = optionsWith();
  const work = ["a", "b"];
  const done: string[] = [];
  let busy = 0;
  const loop = createBackgroundLoop(
    async () => {
      assert.equal(++busy, 1);
      const next = work.shift();
      await calm();
      busy--;
      if (next === undefined) return null;
      done.push(next);
      return 0;
    },
    "failed",
    options,
  );
  loop.wake();
  await loop.idle();
  assert.deepEqual(done, ["a", "b"]);
  work.push("c");
  loop.wake();
  // Its last step finds nothing and is under way when more comes.
  while (done.length < 3) await new Promise<void>((resolve) => void setImmediate(resolve));
  await new Promise<void>((resolve) => void setImmediate(resolve));
  work.push("d");
  loop.wake();
  await loop.idle();
  assert.deepEqual(done, ["a", "b", "c", "d"]);
});

test("a step that fails is made again after pauses that double up to the longest, and a success begins anew", async () => {
  const { clock, options } = optionsWith();
  const tries: number[] = [];
  let fails = 6;
  const loop = createBackgroundLoop(
    () => {
      tries.push(clock.monotonic());
      if (fails-- > 0) throw new Error("the disk is full");
      return Promise.resolve(tries.length === 7 ? 5_000 : null);
    },
    "failed",
    options,
  );
  loop.wake();
  await clock.pass(50);
  assert.equal(loop.isFailing(), true);
  loop.hurry();
  await clock.pass(4_000);
  const gaps = tries.slice(1).map((at, index) => at - tries[index]!);
  assert.deepEqual(gaps, [100, 200, 400, 800, 1_000, 1_000], "hurrying shortens no pause after a failure");
  assert.equal(loop.isFailing(), false);
  loop.hurry();
  await loop.idle();
  assert.equal(tries.length, 8, "the pause that a step asked for is ended");
  assert.equal(clock.timers(), 0);
});

test("the log says of each failure that the store failed, and once that it has recovered", async () => {
  const lines: string[] = [];
  const { clock, options } = optionsWith({
    log: notingLog(({ event, sentence }) => lines.push(`${event}: ${sentence}`)),
  });
  let fails = 2;
  const step = () =>
    fails-- > 0 ? Promise.reject(new Error("the disk is full")) : Promise.resolve(fails < -2 ? null : 0);
  const loop = createBackgroundLoop(step, "Nothing could be written.", options);
  loop.wake();
  await clock.pass(1_000);
  await loop.idle();
  const failed = "store.failed: Nothing could be written.";
  assert.deepEqual(lines, [failed, failed, "store.recovered: What the store could not do is done."]);
});

test("a lost ownership ends the loop at once, and a stop ends it in the middle of a pause", async () => {
  const lost = optionsWith();
  const loop = createBackgroundLoop(() => Promise.reject(new OwnershipLost()), "failed", lost.options);
  loop.wake();
  await loop.idle();
  assert.ok(lost.failures[0] instanceof OwnershipLost);

  let goesOn = true;
  const { clock, options } = optionsWith({ keepTrying: () => goesOn });
  let tries = 0;
  const failing = createBackgroundLoop(() => (tries++, Promise.reject(new Error("full"))), "failed", options);
  failing.wake();
  await calm();
  goesOn = false;
  failing.hurry();
  await failing.idle();
  assert.deepEqual([tries, clock.timers()], [1, 0]);
});

test("a stop that comes during a step is not followed by the pause that the step asks for", async () => {
  let goesOn = true;
  const { clock, options } = optionsWith({ keepTrying: () => goesOn });
  const answer = Promise.withResolvers<number>();
  const loop = createBackgroundLoop(() => answer.promise, "failed", options);
  loop.wake();
  await calm();
  goesOn = false;
  loop.hurry();
  answer.resolve(60_000);
  await loop.idle();
  assert.equal(clock.timers(), 0);
});

test("a call that must succeed is made until it does, or until nobody wants it any more", async () => {
  const { clock, options } = optionsWith();
  let tries = 0;
  const done = retryUntilDone(
    () => (++tries < 3 ? Promise.reject(new Error("full")) : Promise.resolve()),
    "failed",
    options,
  );
  await clock.pass(1_000);
  assert.equal(await done, true);
  assert.equal(tries, 3);
  assert.equal(await retryUntilDone(() => Promise.resolve(), "failed", { ...options, keepTrying: () => false }), false);
});
