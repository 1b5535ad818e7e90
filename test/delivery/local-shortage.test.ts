// This machine runs out of files or ports: nobody's receiver is to blame.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../src/model/attempt.ts";
import { shortageOf } from "../../src/delivery/shortage.ts";
import { BelfryError } from "../../src/errors.ts";
import { failed, ok, shortage } from "./network.ts";
import { createTower, urlOf } from "./harness.ts";

/** From now on every attempt finds this machine short; gives back how many did. */
function runShort(tower: Awaited<ReturnType<typeof createTower>>, lanes: readonly number[]) {
  const tried = new Map<number, number>();
  for (const lane of lanes) {
    tower.network.answer(urlOf(lane), () => {
      tried.set(lane, (tried.get(lane) ?? 0) + 1);
      return shortage;
    });
  }
  return tried;
}

test("without a socket left nothing is charged or started, and all goes on a second after there are some", async () => {
  const tower = await createTower();
  const lanes = [await tower.subscribe(), await tower.subscribe(), await tower.subscribe()];
  const tried = runShort(tower, lanes);
  await tower.dispatcher.start();
  const events = [await tower.ring(...lanes), await tower.ring(...lanes)];
  await tower.quiet();
  const sum = () => [...tried.values()].reduce((all, each) => all + each, 0);
  const atFirst = sum();
  await tower.clock.pass(900);
  assert.equal(sum(), atFirst, "nobody tries while all lanes wait");
  await tower.clock.pass(60_000);
  assert.ok(sum() >= atFirst + 50 && sum() <= atFirst + 61 * lanes.length, `${sum()}`);
  assert.deepEqual(tower.settled, []);
  assert.equal(tower.dispatcher.snapshot().inFlight, 0);
  assert.equal(tower.dispatcher.snapshot().postponed, sum());

  for (const lane of lanes) tower.network.answer(urlOf(lane), () => ok);
  tower.network.calls.length = 0;
  await tower.clock.pass(1_000);
  await tower.quiet();
  assert.equal(tower.network.calls.length, 6);
  assert.ok(tower.network.calls.every(({ attempt }) => attempt === 1));
  for (const lane of lanes) {
    const got = tower.network.calls.filter(({ url }) => url === urlOf(lane)).map(({ event }) => event);
    assert.deepEqual(got, events);
  }
  assert.deepEqual(await tower.owed(), []);
});

test("only the lane whose attempt found no file or port waits, and says so", async () => {
  const tower = await createTower();
  const [short, other] = [await tower.subscribe(), await tower.subscribe()];
  runShort(tower, [short]);
  await tower.dispatcher.start();
  await tower.ring(short, other);
  await tower.ring(short, other);
  await tower.quiet();
  assert.equal(tower.settled.filter(({ lane }) => lane === other).length, 2);
  assert.equal(tower.dispatcher.lane(short)?.waitingFor, "local_shortage");
  assert.equal(tower.dispatcher.lane(other)?.waitingFor, "nothing_due");
  tower.network.answer(urlOf(short), () => ok);
  await tower.clock.pass(1_000);
  assert.deepEqual(
    tower.settled.filter(({ lane }) => lane === short).map(({ attempt }) => attempt),
    [1, 1],
  );
});

test("only what this machine runs out of is a shortage", () => {
  const of = (code: string, address = "127.10.1.1") => shortageOf(Object.assign(new Error(code), { code }), address);
  for (const code of ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]) assert.equal(of(code), "no_socket");
  assert.equal(of("EADDRNOTAVAIL"), "no_port");
  for (const code of ["ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH", ""]) assert.equal(of(code), null);
  assert.equal(of("EADDRNOTAVAIL", "fd00::1"), null);
});

test("an attempt that could not be made keeps its number, opens no breaker and is dropped with its subscription", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  runShort(tower, [lane]);
  await tower.dispatcher.start();
  await tower.ring(lane);
  await tower.clock.pass(20_000);
  assert.equal(tower.dispatcher.snapshot().backingOff, 0);
  tower.remove(lane);
  await tower.clock.pass(5_000);
  const calls = tower.network.calls.length;
  await tower.clock.pass(5_000);
  assert.equal(tower.network.calls.length, calls);
  assert.deepEqual(await tower.owed(), []);
  await tower.dispatcher.stop();
});

test("an attempt that found no socket while the store could not be read is made later all the same", async () => {
  const tower = await createTower();
  const [read, short] = [await tower.subscribe(), await tower.subscribe()];
  const answer = Promise.withResolvers<Outcome>();
  tower.network.answer(urlOf(read), ({ attempt }) => (attempt === 1 ? failed(500) : ok));
  tower.network.answer(urlOf(short), () => answer.promise);
  tower.fault = (verb) => {
    if (verb === "readDue") throw new BelfryError("UNAVAILABLE", "The disk is full.");
  };
  await tower.dispatcher.start();
  await tower.ring(read, short);
  // The retry has to be read.
  await tower.clock.pass(10_000);
  answer.resolve(shortage);
  await tower.quiet();
  tower.network.answer(urlOf(short), () => ok);
  tower.fault = () => {};
  await tower.clock.pass(60_000);
  assert.equal(tower.settled.filter(({ lane }) => lane === short).length, 1);
});
