import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { createConnectionQueue } from "../../../src/delivery/client/connection-queue.ts";
import { createSteeredClock } from "../../fixtures/steered-clock.ts";

test("few connections are begun in one turn, and all in the end", () => {
  const clock = createSteeredClock();
  const opened: number[] = [];
  const waiting = createConnectionQueue<number>(clock, (item) => opened.push(item));
  for (let item = 0; item < 100; item++) waiting.add(String(item), item);
  assert.equal(opened.length, 32);
  clock.advance(1);
  assert.equal(opened.length, 64);
  clock.advance(1);
  clock.advance(1);
  assert.deepEqual(
    opened,
    Array.from({ length: 100 }, (_, item) => item),
  );
  clock.advance(1);
  assert.equal(clock.timers(), 0);
});

test("those that open one for themselves alone take their turn with the others", () => {
  const clock = createSteeredClock();
  const begun: string[] = [];
  const waiting = createConnectionQueue<string>(clock, (item) => begun.push(item));
  for (let n = 0; n < 20; n++) {
    waiting.inTurn(() => begun.push(`alone ${n}`));
    waiting.add(String(n), `shared ${n}`);
  }
  assert.equal(begun.length, 32);
  clock.advance(1);
  assert.deepEqual(begun, Array.from({ length: 20 }, (_, n) => [`alone ${n}`, `shared ${n}`]).flat());
});

test("who was served before its turn opens nothing", () => {
  const clock = createSteeredClock();
  const opened: number[] = [];
  const waiting = createConnectionQueue<number>(clock, (item) => opened.push(item));
  for (let item = 0; item < 40; item++) waiting.add("a", item);
  for (let item = 0; item < 36; item++) assert.equal(waiting.next("a"), item);
  clock.advance(5);
  assert.equal(opened.length, 32);
  // Those 32 are for the four that wait still; when they end without a connection, others are begun.
  for (let ended = 0; ended < 28; ended++) waiting.opened("a", ended);
  clock.advance(5);
  assert.equal(opened.length, 32);
  for (let ended = 28; ended < 32; ended++) waiting.opened("a", ended);
  clock.advance(5);
  assert.deepEqual(opened.slice(32), [36, 37, 38, 39]);
});

test("nobody is left waiting while nothing is opened for it, and no more is opened than wait", () => {
  const act = fc.record({
    what: fc.constantFrom("add", "add", "next", "open", "fail", "turn"),
    key: fc.constantFrom("a", "b"),
    which: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
      const clock = createSteeredClock();
      const opening = new Map<string, number[]>([
        ["a", []],
        ["b", []],
      ]);
      const left = new Map<string, number[]>([
        ["a", []],
        ["b", []],
      ]);
      const keyOf = new Map<number, string>();
      let last = 0;
      const waiting = createConnectionQueue<number>(clock, (item) => {
        const key = keyOf.get(item)!;
        assert.ok(!opening.get(key)!.includes(item), "two are opened for one");
        opening.get(key)!.push(item);
        assert.ok(opening.get(key)!.length <= left.get(key)!.length);
      });
      for (const { what, key, which } of acts) {
        const [here, open] = [left.get(key)!, opening.get(key)!];
        if (what === "turn") clock.advance(1);
        else if (what === "add") {
          keyOf.set(++last, key);
          here.push(last);
          waiting.add(key, last);
        } else if (what === "next") assert.equal(waiting.next(key), here.shift());
        else if (open.length > 0) {
          const [item] = open.splice(which % open.length, 1) as [number];
          if (what === "open") assert.equal(waiting.next(key), here.shift());
          else {
            assert.equal(waiting.remove(key, item), here.includes(item));
            left.set(
              key,
              here.filter((each) => each !== item),
            );
          }
          waiting.opened(key, item);
        }
        clock.advance(1);
        for (const each of ["a", "b"]) assert.ok(opening.get(each)!.length >= left.get(each)!.length, each);
      }
    }),
  );
});
