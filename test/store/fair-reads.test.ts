import assert from "node:assert/strict";
import { test } from "node:test";
import { createFairReads } from "../../src/store/fair-reads.ts";
import { calm, createSteeredClock } from "../fixtures/steered-clock.ts";

/** `atOnce`: absent: as many as the server lets. */
function readsInTurn(atOnce?: number, runs?: Parameters<typeof createFairReads>[2]) {
  const clock = createSteeredClock();
  const { inTurn } = createFairReads(clock, atOnce, runs);
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (organization: string | null, name: string, goesOn = false): Promise<string> =>
    inTurn(
      organization,
      async () => {
        started.push(name);
        await new Promise<void>((end) => ends.push(end));
        return name;
      },
      goesOn,
    );
  /** The thread answers, `ms` after it was asked or has answered before. */
  const endOne = async (ms = 0) => {
    clock.advance(ms);
    ends.shift()!();
    await calm();
  };
  return { ask, started, endOne, ends };
}

test("so many reads as may be are at the thread at once, and the organizations take turns for the rest", async () => {
  const { ask, started, endOne, ends } = readsInTurn(2);
  const all = ["a1", "a2", "a3", "a4", "a5"].map((name) => ask("a", name));
  for (const name of ["b1", "b2"]) all.push(ask("b", name));
  all.push(ask("c", "c1"));
  await calm();
  assert.deepEqual(started, ["a1", "a2"]);
  while (ends.length > 0) await endOne();
  assert.deepEqual(started, ["a1", "a2", "a3", "b1", "c1", "a4", "b2", "a5"]);
  assert.deepEqual(await Promise.all(all), ["a1", "a2", "a3", "a4", "a5", "b1", "b2", "c1"]);
});

test("a server has four reads at the thread at once, and a fifth waits for one of them", async () => {
  const { ask, started, endOne } = readsInTurn();
  for (const name of ["a1", "a2", "a3", "a4", "a5"]) void ask("a", name);
  await calm();
  assert.deepEqual(started, ["a1", "a2", "a3", "a4"]);
  await endOne();
  assert.deepEqual(started, ["a1", "a2", "a3", "a4", "a5"]);
});

test("what the server asks itself is next, however many wait", async () => {
  const { ask, started, endOne } = readsInTurn(2);
  for (let count = 0; count < 32; count++) void ask(`organization ${count}`, "user");
  void ask(null, "server");
  await calm();
  await endOne();
  assert.deepEqual(started, ["user", "user", "server"]);
});

test("who has had less of the thread's time is next, whatever the others have waiting", async () => {
  const { ask, started, endOne } = readsInTurn(2);
  for (let count = 1; count <= 5; count++) void ask("long", `long ${count}`);
  for (let count = 1; count <= 8; count++) void ask("short", `short ${count}`);
  await calm();
  // Each long one takes as long as three short ones.
  for (let count = 0; count < 10; count++) await endOne(started[count]!.startsWith("long") ? 30 : 10);
  const shorts = Array.from({ length: 7 }, (_, index) => `short ${index + 1}`);
  assert.deepEqual(started.slice(0, 10), ["long 1", "long 2", ...shorts, "long 3"]);
});

test("a read that waited behind another is not charged for that one", async () => {
  const { ask, started, endOne } = readsInTurn(2);
  void ask("a", "a1");
  void ask("b", "b1");
  for (const name of ["a2", "a3"]) void ask("a", name);
  for (const name of ["b2", "b3"]) void ask("b", name);
  await calm();
  await endOne(50);
  await endOne(1);
  assert.deepEqual(started, ["a1", "b1", "b2", "b3"]);
});

test("who comes new is next, and has saved nothing up while it asked for nothing", async () => {
  const { ask, started, endOne } = readsInTurn(2);
  for (let count = 1; count <= 20; count++) void ask("a", `a${count}`);
  await calm();
  for (let count = 0; count < 10; count++) await endOne(100);
  for (let count = 1; count <= 20; count++) void ask("new", `new ${count}`);
  await endOne(100);
  assert.equal(started.at(-1), "new 1");
  for (let count = 0; count < 8; count++) await endOne(100);
  assert.equal(started.slice(-9).filter((name) => name.startsWith("new")).length, 5);
});

test("who was alone for long is not late for it when others come", async () => {
  const { ask, started, endOne } = readsInTurn(2);
  for (let count = 1; count <= 50; count++) {
    void ask("alone", `alone ${count}`);
    await endOne(100);
  }
  for (let count = 1; count <= 20; count++) void ask("crowd", `crowd ${count}`);
  for (let count = 51; count <= 60; count++) void ask("alone", `alone ${count}`);
  await calm();
  for (let count = 0; count < 8; count++) await endOne(100);
  assert.equal(started.slice(52).filter((name) => name.startsWith("alone")).length, 5);
});

test("what goes on comes before what its organization has not begun, and not before others", async () => {
  const { ask, started, endOne } = readsInTurn(2);
  for (const name of ["a1", "a2", "a3"]) void ask("a", name);
  void ask("b", "b1");
  void ask("a", "a1 goes on", true);
  await calm();
  for (let count = 0; count < 5; count++) await endOne();
  assert.deepEqual(started, ["a1", "a2", "a1 goes on", "b1", "a3"]);
});

test("a read that fails gives its place to the next", async () => {
  const { inTurn } = createFairReads(createSteeredClock(), 2);
  const fail = async () => {
    throw new Error("no");
  };
  for (let count = 0; count < 4; count++) await assert.rejects(inTurn("a", fail));
  assert.equal(await inTurn("a", async () => 1), 1);
  const crowd = Array.from({ length: 4 }, () => inTurn("a", fail));
  for (const each of await Promise.allSettled(crowd)) assert.equal(each.status, "rejected");
  assert.equal(await inTurn("b", async () => 2), 2);
});

test("reads side by side are charged for all of their time, those of a thread for what they had it", async () => {
  const orders: string[][] = [];
  for (const runs of ["side by side", "one after another"] as const) {
    const { ask, started, endOne } = readsInTurn(3, runs);
    for (const name of ["short", "long", "other"]) void ask(name, name);
    await calm();
    await endOne(10);
    await endOne(10);
    for (const name of ["filler 1", "filler 2"]) void ask("filler", name);
    for (const name of ["long", "short"]) void ask(name, `${name} again`);
    await calm();
    await endOne();
    orders.push(started.slice(5));
  }
  assert.deepEqual(orders, [["short again"], ["long again"]]);
});
