import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { StartError } from "../../src/errors.ts";
import { migrate, migrationsDirectory } from "../../src/store/sqlite/file/migrate.ts";
import { type Migration, readMigrations } from "../../src/store/migrations.ts";

const one: Migration = { number: 1, name: "one", sql: "create table a (x integer) strict" };
const two: Migration = {
  number: 2,
  name: "two",
  sql: "alter table a add column y integer; create table b (z integer) strict",
};
const tables = (database: DatabaseSync) =>
  database
    .prepare("select name from sqlite_schema where type = 'table' and name <> 'migration' order by name")
    .all()
    .map(({ name }) => name);

test("migrations run once, in order, and a later release adds its own", () => {
  const database = new DatabaseSync(":memory:");
  migrate(database, [one], 1);
  migrate(database, [one, two], 2);
  migrate(database, [one, two], 3);
  assert.deepEqual(tables(database), ["a", "b"]);
  assert.deepEqual(
    database
      .prepare("select number, applied_at from migration")
      .all()
      .map((row) => ({ ...row })),
    [
      { number: 1, applied_at: 1 },
      { number: 2, applied_at: 2 },
    ],
  );
});

test("a database that a newer release wrote is left alone", () => {
  const database = new DatabaseSync(":memory:");
  migrate(database, [one, two], 1);
  assert.throws(
    () => migrate(database, [one], 2),
    (error) => error instanceof StartError && /schema 2/.test(error.message),
  );
});

test("a migration that was changed after it ran is refused", () => {
  const database = new DatabaseSync(":memory:");
  migrate(database, [one], 1);
  const changed = { ...one, sql: "create table a (x text) strict" };
  assert.throws(
    () => migrate(database, [changed, two], 2),
    (error) => error instanceof StartError && /Migration 1/.test(error.message),
  );
  assert.deepEqual(tables(database), ["a"]);
});

test("a migration that fails half-way leaves nothing of itself behind", () => {
  const database = new DatabaseSync(":memory:");
  const broken = { ...two, sql: "create table b (z integer) strict; create nonsense" };
  assert.throws(() => migrate(database, [one, broken], 1), StartError);
  assert.deepEqual(tables(database), ["a"]);
  migrate(database, [one, two], 2);
  assert.deepEqual(tables(database), ["a", "b"]);
});

test("the shipped migrations are numbered without a gap, and files out of place are refused", () => {
  assert.ok(readMigrations(migrationsDirectory).length >= 1);
  const directory = mkdtempSync(join(tmpdir(), "belfry-migrations-"));
  writeFileSync(join(directory, "0002_late.sql"), "select 1");
  assert.throws(() => readMigrations(directory), /out of place/);
  rmSync(directory, { recursive: true });
});
