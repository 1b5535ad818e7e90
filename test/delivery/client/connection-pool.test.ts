import assert from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";
import { createDeadlines, type Limited } from "../../../src/delivery/client/deadlines.ts";
import {
  createConnectionPool,
  type Connection,
  type ConnectionPool,
} from "../../../src/delivery/client/connection-pool.ts";
import { createSteeredClock } from "../../fixtures/steered-clock.ts";

function connection(key: string, pool: ConnectionPool): Connection {
  const line = { socket: new Socket(), error: null, onBytes() {}, onEnd() {} };
  Object.defineProperty(line.socket, "writable", { get: () => !line.socket.destroyed });
  return pool.opened(key, line);
}

test("the youngest connection of a target is used first", () => {
  const pool = createConnectionPool(createSteeredClock());
  const [a, b, other] = [connection("a", pool), connection("a", pool), connection("b", pool)];
  for (const one of [a, b, other]) pool.put(one, null);
  assert.deepEqual([pool.take("a"), pool.take("a"), pool.take("a")], [b, a, null]);
  assert.equal(pool.take("b"), other);
});

test("a connection at rest for 15 s is ended, and none lives beyond 60 s", () => {
  const clock = createSteeredClock();
  const pool = createConnectionPool(clock);
  const idle = connection("a", pool);
  pool.put(idle, null);
  clock.advance(14_000);
  assert.equal(idle.line.socket.destroyed, false);
  clock.advance(2_000);
  assert.equal(idle.line.socket.destroyed, true);
  assert.equal(clock.timers(), 0);

  const busy = connection("a", pool);
  for (let i = 0; i < 7; i++) {
    pool.put(busy, null);
    clock.advance(9_000);
    if (i < 6) assert.equal(pool.take("a"), busy);
  }
  assert.equal(busy.line.socket.destroyed, true);
  pool.put(busy, null);
  assert.equal(pool.take("a"), null);
});

test("connections that were opened in one moment come to their end one by one", () => {
  const clock = createSteeredClock();
  const pool = createConnectionPool(clock);
  const keys = Array.from({ length: 100 }, (_, index) => String(index));
  let living = keys.map((key) => connection(key, pool));
  const ended: number[] = [];
  for (let second = 0; second < 60; second++) {
    for (const each of living) pool.put(each, null);
    clock.advance(1_000);
    const before = living.length;
    living = living.filter(({ key }) => pool.take(key) !== null);
    ended.push(before - living.length);
  }
  assert.equal(living.length, 0);
  assert.equal(Math.max(...ended.slice(0, 44)), 0);
  assert.ok(Math.max(...ended) <= 9, String(ended));
});

test("a connection leaves before the receiver's own limit", () => {
  const clock = createSteeredClock();
  const pool = createConnectionPool(clock);
  const one = connection("a", pool);
  pool.put(one, 5_000);
  clock.advance(3_900);
  assert.equal(pool.take("a"), one);
  pool.put(one, 5_000);
  clock.advance(4_000);
  assert.equal(pool.take("a"), null);
  assert.equal(one.line.socket.destroyed, true);
});

test("a connection on which anything happens at rest is ended", () => {
  const pool = createConnectionPool(createSteeredClock());
  for (const event of ["onBytes", "onEnd"] as const) {
    const one = connection("a", pool);
    pool.put(one, null);
    (one.line[event] as () => void)();
    assert.equal(one.line.socket.destroyed, true);
    assert.equal(pool.take("a"), null);
  }
});

test("at most 64 for one target and 2,048 in all are kept", () => {
  const pool = createConnectionPool(createSteeredClock());
  const all = Array.from({ length: 36 }, (_, target) =>
    Array.from({ length: 70 }, () => connection(String(target), pool)),
  );
  for (const one of all.flat()) pool.put(one, null);
  const kept = all.map((list) => list.filter(({ line }) => !line.socket.destroyed).length);
  assert.deepEqual(kept, [...Array.from({ length: 32 }, () => 64), 0, 0, 0, 0]);
  pool.stop();
  assert.ok(all.flat().every(({ line }) => line.socket.destroyed));
});

test("deadlines expire once, may be moved, and leave no timer behind", () => {
  const clock = createSteeredClock();
  interface Item extends Limited<Item> {}
  const expired: Item[] = [];
  const deadlines = createDeadlines<Item>(clock, 20, (item) => expired.push(item));
  const start = clock.monotonic();
  const until = (deadline: number): Item => ({ list: null, before: null, after: null, deadline });
  const [a, b, c] = [until(start + 50), until(start + 50), until(start + 1_000)];
  for (const item of [a, b, c]) deadlines.watch(item);
  b.deadline = start + 100;
  deadlines.unwatch(c);
  clock.advance(70);
  assert.deepEqual(deadlines.watched(), [b]);
  assert.deepEqual(expired, [a]);
  clock.advance(100);
  assert.deepEqual(expired, [a, b]);
  assert.equal(clock.timers(), 0);
});
