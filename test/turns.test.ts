import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, test } from "node:test";
import { createTurns, pauseWhenLong } from "../src/turns.ts";

describe("turns", () => {
  test("go round the organizations, whatever each has waiting", async () => {
    const turns = createTurns({ monotonic: () => 0 });
    const order: string[] = [];
    const wait = (organization: string, name: string) => turns.next(organization).then(() => order.push(name));
    await Promise.all([wait("a", "a1"), wait("a", "a2"), wait("a", "a3"), wait("b", "b1"), wait("c", "c1")]);
    assert.deepEqual(order, ["a1", "b1", "c1", "a2", "a3"]);
  });

  test("are one in each turn of the event loop", async () => {
    const turns = createTurns({ monotonic: () => 0 });
    let served = 0;
    for (let index = 0; index < 3; index++) void turns.next("a").then(() => served++);
    const seen: number[] = [];
    for (let index = 0; index < 4; index++) {
      await nextTurn();
      seen.push(served);
    }
    assert.ok(seen.every((count, index) => index === 0 || count - seen[index - 1]! <= 1));
    assert.equal(seen.at(-1), 3);
  });

  test("are over after two milliseconds", async () => {
    let now = 100;
    const turns = createTurns({ monotonic: () => now });
    assert.equal(turns.isOver, true);
    await turns.next("a");
    assert.equal(turns.isOver, false);
    now = 102;
    assert.equal(turns.isOver, true);
  });

  test("are waited for by what is mostly short only once it has become long", async () => {
    const clock = { monotonic: () => now };
    let now = 0;
    const turns = createTurns(clock);
    const pause = pauseWhenLong(turns, clock, "a");
    assert.equal(pause(), undefined);
    now = 0.9;
    assert.equal(pause(), undefined);
    now = 1;
    await pause();
    now = 2.9;
    assert.equal(pause(), undefined);
    now = 3;
    assert.notEqual(pause(), undefined);
  });
});
