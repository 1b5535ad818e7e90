import assert from "node:assert/strict";
import { test } from "node:test";
import { createFairReads } from "../../src/store/sqlite/ports/fair-reads.ts";
import { calm } from "../fixtures/steered-clock.ts";

function readsInTurn() {
  const { inTurn } = createFairReads();
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (organization: string | null, name: string): Promise<string> =>
    inTurn(organization, async () => {
      started.push(name);
      await new Promise<void>((end) => ends.push(end));
      return name;
    });
  const endOne = async () => {
    ends.shift()!();
    await calm();
  };
  return { ask, started, endOne, ends };
}

test("two reads are at the thread at once, and the organizations take turns for the rest", async () => {
  const { ask, started, endOne, ends } = readsInTurn();
  const all = ["a1", "a2", "a3", "a4", "a5"].map((name) => ask("a", name));
  for (const name of ["b1", "b2"]) all.push(ask("b", name));
  all.push(ask("c", "c1"));
  await calm();
  assert.deepEqual(started, ["a1", "a2"]);
  while (ends.length > 0) await endOne();
  assert.deepEqual(started, ["a1", "a2", "a3", "b1", "c1", "a4", "b2", "a5"]);
  assert.deepEqual(await Promise.all(all), ["a1", "a2", "a3", "a4", "a5", "b1", "b2", "c1"]);
});

test("what the server asks itself is next, however many wait", async () => {
  const { ask, started, endOne } = readsInTurn();
  for (let count = 0; count < 32; count++) void ask(`organization ${count}`, "user");
  void ask(null, "server");
  await calm();
  await endOne();
  assert.deepEqual(started, ["user", "user", "server"]);
});

test("a read that fails gives its place to the next", async () => {
  const { inTurn } = createFairReads();
  const fail = async () => {
    throw new Error("no");
  };
  for (let count = 0; count < 4; count++) await assert.rejects(inTurn("a", fail));
  assert.equal(await inTurn("a", async () => 1), 1);
  const crowd = Array.from({ length: 4 }, () => inTurn("a", fail));
  for (const each of await Promise.allSettled(crowd)) assert.equal(each.status, "rejected");
  assert.equal(await inTurn("b", async () => 2), 2);
});
