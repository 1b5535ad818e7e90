// Forgetting when a transaction is undone; what it forgets otherwise stands in the contract.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase } from "../../src/store/sqlite/file/database.ts";
import { createEngine } from "../../src/store/sqlite/engine.ts";
import { migrate, migrationsDirectory } from "../../src/store/sqlite/file/migrate.ts";
import { readMigrations } from "../../src/store/migrations.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";
import { keepAll } from "../contract/samples.ts";

const day = 86_400_000;

test("ids whose forgetting was rolled back are forgotten all the same", () => {
  const database = openDatabase(":memory:");
  migrate(database, readMigrations(migrationsDirectory), 0);
  const engine = createEngine(database, createSteeredClock());
  const { operations: verbs } = engine;
  database.exec("begin");
  const { epoch } = verbs.acquire(0, 0);
  const insert = database.prepare(
    "insert into idempotency_key (organization, kind, id, hash, day) values (1, 1, ?, 'h', 0)",
  );
  for (let n = 0; n < 3_000; n++) insert.run(String(n));
  database.exec("commit");

  const retention = { ...keepAll, idempotencyKeys: day };
  const slice = () => verbs.prune(epoch, retention, 0, 0);
  database.exec("begin");
  assert.equal(slice().idempotencyKeys, 1_024);
  database.exec("rollback");
  engine.reset();

  database.exec("begin");
  while (slice().more);
  database.exec("commit");
  assert.equal(database.prepare("select count(*) as n from idempotency_key").get()?.["n"], 0);
  database.close();
});
