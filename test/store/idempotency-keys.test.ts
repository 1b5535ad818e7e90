// Ids that senders gave, in whichever of their two lists they are: what was taken once is not taken again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { openDatabase } from "../../src/store/sqlite/file/database.ts";
import { createEngineContext } from "../../src/store/sqlite/statements/engine-context.ts";
import { createIdempotencyKeys, type Seen } from "../../src/store/sqlite/statements/idempotency-keys.ts";
import { migrate, migrationsDirectory } from "../../src/store/sqlite/file/migrate.ts";
import { readMigrations } from "../../src/store/migrations.ts";

const small = { slice: 6, portion: 2 };
const migrations = readMigrations(migrationsDirectory);

function newStore() {
  const database = openDatabase(":memory:");
  migrate(database, migrations, 0);
  const desk = createEngineContext(database);
  const count = (table: string) => Number(database.prepare(`select count(*) as n from ${table}`).get()?.["n"]);
  const restart = () => createIdempotencyKeys(desk, small);
  return { database, count, restart, inputs: restart() };
}

const given = fc.record({
  organization: fc.integer({ min: 1, max: 4 }),
  kind: fc.integer({ min: 1, max: 2 }),
  id: fc.integer({ min: 0, max: 9 }).map(String),
  hash: fc.constantFrom("a", "a", "a", "b"),
  alone: fc.boolean(),
});

test("an id is new once, whatever is sorted in, rolled back or started anew meanwhile", () => {
  const batch = fc.record({
    ids: fc.array(given, { maxLength: 8 }),
    end: fc.constantFrom("commit", "commit", "commit", "rollback", "restart", "complete"),
  });
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 40 }), (batches) => {
      const store = newStore();
      const { database } = store;
      const known = new Map<string, string>();
      for (const { ids, end } of batches) {
        const before = new Map(known);
        database.exec("begin");
        for (const { organization, kind, id, hash, alone } of ids) {
          const key = `${organization} ${kind} ${id}`;
          const had = known.get(key);
          const expected: Seen = had === undefined ? "new" : had === hash ? "duplicate" : "reused";
          assert.equal(store.inputs.remember(organization, kind, { id, hash }, 0, alone), expected);
          if (had === undefined) known.set(key, hash);
        }
        if (end === "complete") store.inputs.complete();
        store.inputs.extend();
        if (end === "rollback") {
          database.exec("rollback");
          store.inputs.reset();
          known.clear();
          for (const [key, hash] of before) known.set(key, hash);
        } else database.exec("commit");
        if (end === "restart") store.inputs = store.restart();
        if (end === "complete") assert.equal(store.count("recent_idempotency_key"), 0);
      }
      database.exec("begin");
      store.inputs.complete();
      database.exec("commit");
      assert.equal(store.count("recent_idempotency_key"), 0);
      assert.equal(store.count("idempotency_key"), known.size);
      database.close();
    }),
    { numRuns: 200 },
  );
});

test("ids that come singly are sorted in behind, so that their first list stays short", () => {
  const { inputs, count } = newStore();
  for (let number = 0; number < 200; number++) {
    assert.equal(inputs.remember(number % 50, 1, { id: String(number), hash: "a" }, 0, true), "new");
    inputs.extend();
    assert.ok(count("recent_idempotency_key") <= 3 * small.slice, String(count("recent_idempotency_key")));
  }
  assert.ok(count("idempotency_key") >= 200 - 3 * small.slice);
});

test("ids that come together with others of their organization go where they stay", () => {
  const { inputs, count } = newStore();
  for (let number = 0; number < 20; number++) inputs.remember(1, 1, { id: String(number), hash: "a" }, 0, false);
  assert.deepEqual([count("recent_idempotency_key"), count("idempotency_key")], [0, 20]);
});

test("an id that an earlier release remembered with a longer hash is known", () => {
  for (const alone of [true, false]) {
    const { inputs, restart } = newStore();
    const ask = ({ remember }: typeof inputs, hash: string) => remember(1, 1, { id: "x", hash }, 0, alone);
    assert.equal(ask(inputs, "abcdef"), "new");
    for (const each of [inputs, restart()]) {
      assert.deepEqual([ask(each, "abc"), ask(each, "bcd")], ["duplicate", "reused"]);
    }
  }
});

test("a transaction that only reads sorts nothing in", () => {
  const { inputs, database, count } = newStore();
  for (let number = 0; number < 10; number++) inputs.remember(number, 1, { id: "x", hash: "a" }, 0, true);
  inputs.extend();
  const before = count("idempotency_key");
  assert.equal(inputs.remember(1, 1, { id: "x", hash: "a" }, 0, true), "duplicate");
  database.exec("pragma query_only = true");
  inputs.extend();
  assert.equal(count("idempotency_key"), before);
});

test("a transaction that only meets what is sorted in already sorts nothing in", () => {
  const { inputs, count } = newStore();
  inputs.remember(1, 1, { id: "x", hash: "a" }, 0, false);
  for (let number = 0; number < 10; number++) inputs.remember(number, 1, { id: "y", hash: "a" }, 0, true);
  inputs.extend();
  const before = count("idempotency_key");
  for (const alone of [true, false]) {
    assert.equal(inputs.remember(1, 1, { id: "x", hash: "a" }, 0, alone), "duplicate");
    assert.equal(inputs.remember(1, 1, { id: "x", hash: "b" }, 0, alone), "reused");
  }
  inputs.extend();
  assert.equal(count("idempotency_key"), before);
});
