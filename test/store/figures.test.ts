// Figures of lanes: what the attempts of a day come to, of deliveries in the list by lane, of young ones and of old ones that are
// still owed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase } from "../../src/store/sqlite/file/database.ts";
import { migrate, migrationsDirectory, readMigrations } from "../../src/store/sqlite/file/migrate.ts";
import { createFigureReads } from "../../src/store/sqlite/statements/figure-reads.ts";
import { closingRow, outcomeNumber } from "../../src/store/codes.ts";
import type { OutcomeCode } from "../../src/model/attempt.ts";

const hour = 3_600_000;
const from = Date.UTC(2026, 5, 17);
const until = from + 24 * hour;

function place() {
  const database = openDatabase(":memory:");
  migrate(database, readMigrations(migrationsDirectory), 0);
  const attempt = database.prepare("insert into attempt values (?, ?, 1, 1, ?, 0, ?, 0, ?, ?, ?, null, null, 0, ?, ?)");
  const list = database.prepare("insert into delivery_by_lane (lane, delivery, organization) values (?, ?, 1)");
  const owe = database.prepare("insert into delivery values (?, 1, 1, ?, 0, 1, ?, ?, 1, 0, 1, ?)");
  let reached = 0;
  let sequence = 0;
  return {
    ...createFigureReads(database),
    /** An attempt of a lane; `n` above 1: a further one. */
    tried(delivery: number, lane: number, at: number, code: OutcomeCode = "delivered", duration = 10, n = 1): void {
      attempt.run(
        delivery,
        n,
        lane,
        at,
        duration,
        outcomeNumber[code],
        code === "delivered" ? 200 : 503,
        0,
        ++sequence,
      );
    },
    /** It ended without an attempt, in its closing row. */
    superseded: (delivery: number, lane: number, at: number) =>
      attempt.run(delivery, closingRow, lane, at, 0, outcomeNumber.superseded, null, 0, ++sequence),
    owe: (delivery: number, lane: number, at: number) => owe.run(delivery, lane, at, at, ++sequence),
    /** All of the lane up to this delivery are in the list. */
    listed(deliveries: readonly number[], lane: number): void {
      for (const each of deliveries) list.run(lane, each);
      reached = Math.max(reached, ...deliveries);
      database.prepare("insert or replace into meta values ('delivery_by_lane', ?)").run(reached);
    },
  };
}

const of = (reads: ReturnType<typeof place>, ...lanes: number[]) =>
  reads.figures({ organization: null, lanes, from, until });

test("counts attempts by hour and outcome, with how long they took, in the list or not yet", () => {
  const reads = place();
  for (const [index, duration] of [10, 20, 30, 400].entries()) {
    reads.tried(index + 1, 7, from + 2 * hour + index, "delivered", duration);
  }
  reads.listed([1, 2, 3, 4], 7);
  reads.tried(5, 7, until - 2, "http_error", 90);
  reads.tried(6, 7, until - 1, "timeout", 5_000);
  reads.tried(7, 8, until - 1);
  reads.tried(8, 7, until, "delivered");
  const [seven, eight, nobody] = of(reads, 7, 8, 9);
  assert.deepEqual(seven!.hours, [
    { at: from + 2 * hour, codes: { delivered: 4 }, p50: 20, p99: 400 },
    { at: from + 23 * hour, codes: { http_error: 1, timeout: 1 }, p50: 90, p99: 5_000 },
  ]);
  assert.deepEqual([seven!.attempts, seven!.delivered, seven!.isSample], [6, 4, false]);
  assert.deepEqual(seven!.last, { at: until - 1, code: "timeout", status: 503 });
  assert.equal(seven!.sequence, 8);
  assert.deepEqual([eight!.attempts, eight!.p50], [1, 10]);
  assert.deepEqual([nobody!.attempts, nobody!.p50, nobody!.last, nobody!.sequence], [0, null, null, 0]);
});

test("a receiver that is dead for days has the attempts of its oldest deliveries", () => {
  const reads = place();
  reads.tried(1, 7, from - 40 * hour, "timeout");
  reads.tried(1, 7, from + 5 * hour, "timeout", 100, 2);
  reads.owe(1, 7, from - 41 * hour);
  reads.listed([1], 7);
  reads.tried(90, 8, from + hour);
  reads.listed([90], 8);
  const [figures] = of(reads, 7);
  assert.deepEqual(
    figures!.hours.map(({ codes }) => codes),
    [{ timeout: 1 }],
  );
  assert.equal(figures!.onDisk, 1);
});

test("of very many a sample is read that is spread over the day, and says so", () => {
  const reads = place();
  const numbers = Array.from({ length: 24 * 600 }, (_, index) => index + 1);
  for (const number of numbers) {
    const at = from + Math.floor(((number - 1) * 24 * hour) / numbers.length);
    // The second half of one hour fails.
    const fails = at >= from + 6.5 * hour && at < from + 7 * hour;
    reads.tried(number, 7, at, fails ? "http_error" : "delivered");
  }
  reads.listed(numbers, 7);
  const [figures] = of(reads, 7);
  assert.equal(figures!.isSample, true);
  assert.ok(figures!.attempts <= 24 * 4 * 17, String(figures!.attempts));
  assert.equal(figures!.hours.length, 24);
  assert.ok(figures!.hours[6]!.codes.http_error! > 5, "half an hour of failures is seen");
});

test("where a list was cut it is a sample, whatever became of those that were in it", () => {
  const reads = place();
  for (let number = 1; number <= 20; number++) {
    if (number <= 17) reads.superseded(number, 7, from + number);
    else reads.tried(number, 7, from + number);
  }
  const numbers = Array.from({ length: 20 }, (_, index) => index + 1);
  reads.listed(numbers, 7);
  assert.deepEqual(
    of(reads, 7).map(({ attempts, isSample }) => [attempts, isSample]),
    [[0, true]],
  );
});

test("of young deliveries that were tried again and again none is left out for the attempts of others", () => {
  const reads = place();
  for (let number = 1; number <= 400; number++) {
    for (let n = 1; n <= 4; n++) reads.tried(number, 7, from + 10 * number + n, n < 4 ? "timeout" : "delivered", 10, n);
  }
  const [all] = of(reads, 7);
  assert.deepEqual([all!.attempts, all!.delivered, all!.isSample], [1_600, 400, false]);
  for (let number = 401; number <= 1_001; number++) reads.tried(number, 7, from + 10 * number);
  assert.equal(of(reads, 7)[0]!.isSample, true);
});

test("of more that are owed than are read it says so", () => {
  const reads = place();
  const numbers = Array.from({ length: 65 }, (_, index) => index + 1);
  for (const number of numbers) {
    reads.tried(number, 7, from + number, "timeout");
    reads.owe(number, 7, from - 40 * hour + number);
    // None of them was made in the time.
    if (number === 64) {
      reads.tried(90, 8, from - 30 * hour);
      reads.listed([90], 8);
      assert.deepEqual(
        of(reads, 7).map(({ attempts, isSample }) => [attempts, isSample]),
        [[64, false]],
      );
    }
  }
  assert.equal(of(reads, 7)[0]!.isSample, true);
});
