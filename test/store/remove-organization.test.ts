// Removing an organization leaves nothing of it in any table but the audit, whatever tables there are, also where a crash
// comes between two slices.

import assert from "node:assert/strict";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { test } from "node:test";
import { createEngine } from "../../src/store/sqlite/engine.ts";
import { openDatabase } from "../../src/store/sqlite/file/database.ts";
import { migrate, migrationsDirectory, readMigrations } from "../../src/store/sqlite/file/migrate.ts";
import { checkAudit } from "../../src/store/sqlite/statements/audit.ts";
import { audit } from "../contract/samples.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";

/** Nothing in them is of an organization but what is named here. A new table either says whose its rows are, or belongs here. */
const ofNobody = ["kind", "meta", "migration", "organization", "refresh_token", "revoked_token", "sign_in"];
const rowsEach = 2_500;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly pk: number;
}

function tablesOf(database: DatabaseSync): string[] {
  const all = database
    .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
    .all();
  return all.map(({ name }) => String(name)).toSorted();
}

const columnsOf = (database: DatabaseSync, table: string): readonly Column[] =>
  database.prepare("select name, type, pk from pragma_table_info(?)").all(table) as unknown as Column[];

const owned = (database: DatabaseSync): string[] =>
  tablesOf(database).filter((table) => !ofNobody.includes(table) && table !== "audit");

/** Rows that differ in every column, of two organizations by turns. */
function fill(database: DatabaseSync, table: string, rows: number): void {
  const columns = columnsOf(database, table);
  const insert = database.prepare(`insert into ${table} values (${columns.map(() => "?").join(", ")})`);
  const valueOf = ({ name, type }: Column, n: number): SQLInputValue => {
    if (name === "organization") return 1 + (n % 2);
    if (name === "targets") return "[]";
    if (type === "INTEGER") return n + 1;
    return type === "BLOB" ? Buffer.from(`${table} ${n}`) : `${n % 2 === 0 ? "gone" : "other"} ${n}`;
  };
  for (let n = 0; n < rows; n++) insert.run(...columns.map((column) => valueOf(column, n)));
}

function open(database: DatabaseSync) {
  const engine = createEngine(database, createSteeredClock());
  const transaction = <Result>(work: () => Result): Result => {
    database.exec("begin");
    const result = work();
    engine.extend();
    database.exec("commit");
    return result;
  };
  return { engine, verbs: engine.operations, transaction };
}

function filled() {
  const database = openDatabase(":memory:");
  migrate(database, readMigrations(migrationsDirectory), 0);
  const { verbs, transaction } = open(database);
  transaction(() => {
    for (const id of ["gone", "other"])
      verbs.ensureOrganization(id, id, new Uint8Array(32), audit("organization.create", id));
    for (const table of owned(database)) fill(database, table, table === "organization" ? 0 : rowsEach);
    const signIn = database.prepare("insert into sign_in values (?, ?, 'client', null, null, null, 0, 0, 0, 0, 99)");
    const token = database.prepare("insert into refresh_token values (?, ?, 0)");
    for (const [n, key] of ["gone 0", "other 1"].entries()) {
      signIn.run(`sign_in of ${key}`, key);
      token.run(`sign_in of ${key}`, new Uint8Array([n]));
    }
  });
  return database;
}

const count = (database: DatabaseSync, table: string, organization: number): number =>
  Number(database.prepare(`select count(*) as n from ${table} where organization = ?`).get(organization)?.["n"]);

function assertErased(database: DatabaseSync): void {
  for (const table of owned(database)) {
    assert.equal(count(database, table, 1), 0, `${table} has rows of the removed one`);
    // Recent ids were sorted in.
    const left = table === "recent_idempotency_key" ? 0 : rowsEach / 2;
    assert.equal(count(database, table, 2), left, `${table} lost rows of another one`);
  }
  for (const table of tablesOf(database).filter((name) => name !== "audit")) {
    const texts = JSON.stringify(database.prepare(`select * from ${table}`).all());
    assert.ok(!texts.includes("gone"), `${table} names it`);
  }
  const left = database.prepare("select id from sign_in").all();
  assert.deepEqual(
    left.map(({ id }) => id),
    ["sign_in of other 1"],
  );
  assert.equal(database.prepare("select count(*) as n from refresh_token").get()?.["n"], 1);
}

test("every table says whose its rows are", () => {
  const database = filled();
  const strange = tablesOf(database).filter(
    (table) => !columnsOf(database, table).some(({ name }) => name === "organization"),
  );
  assert.deepEqual(strange, ofNobody);
  database.close();
});

test("nothing of a removed organization is left in any table, nothing of others is lost, and the audit goes on", () => {
  const database = filled();
  const { verbs, transaction } = open(database);
  assert.equal(
    transaction(() => verbs.removeOrganization("nowhere", audit())),
    false,
  );
  assert.equal(
    transaction(() => verbs.removeOrganization("gone", audit("organization.delete", "gone"))),
    true,
  );
  assert.equal(verbs.snapshot("gone", -1), null);
  assert.equal(count(database, "key", 1) + count(database, "subscription", 1), 0);
  assert.ok(count(database, "event", 1) > 0);
  while (transaction(() => verbs.eraseRemoved()));
  assertErased(database);
  assert.equal(checkAudit(database, null, 1_000).brokenAt, null);
  const last = database.prepare("select organization, action, object from audit order by number desc limit 1").get();
  assert.deepEqual({ ...last }, { organization: 1, action: "organization.delete", object: "gone" });
  database.close();
});

test("pictures are large, so few of them go in one slice", () => {
  const database = filled();
  let time = 0;
  const engine = createEngine(database, { ...createSteeredClock(), monotonic: () => (time += 1_000) });
  const step = (work: () => unknown): number => {
    const before = count(database, "picture", 1);
    database.exec("begin");
    work();
    database.exec("commit");
    return before - count(database, "picture", 1);
  };
  const all = count(database, "picture", 1);
  let removed = step(() => engine.operations.removeOrganization("gone", audit()));
  assert.equal(removed, 0);
  while (removed < all) {
    const some = step(() => engine.operations.eraseRemoved());
    assert.ok(some <= 4, `${some} in one slice`);
    removed += some;
  }
  database.close();
});

test("after a crash between two slices the next process erases the rest", () => {
  const database = filled();
  const clock = {
    ...createSteeredClock(),
    monotonic: (() => {
      let time = 0;
      return () => (time += 1_000);
    })(),
  };
  const dying = createEngine(database, clock);
  const step = (work: () => unknown): void => {
    database.exec("begin");
    work();
    database.exec("commit");
  };
  step(() => dying.operations.removeOrganization("gone", audit()));
  for (let slice = 0; slice < 5; slice++) step(() => assert.equal(dying.operations.eraseRemoved(), true));
  // A slice that was rolled back is done again.
  database.exec("begin");
  dying.operations.eraseRemoved();
  database.exec("rollback");
  dying.reset();
  for (let slice = 0; slice < 3; slice++) step(() => dying.operations.eraseRemoved());

  const { verbs, transaction } = open(database);
  while (transaction(() => verbs.eraseRemoved()));
  assertErased(database);
  database.close();
});

test("another organization of the same id begins anew, under a number that was never used", () => {
  const database = openDatabase(":memory:");
  migrate(database, readMigrations(migrationsDirectory), 0);
  const { verbs, transaction } = open(database);
  const create = () =>
    transaction(() =>
      verbs.ensureOrganization("gone", "gone", new Uint8Array(32), audit("organization.create", "gone")),
    );
  create();
  transaction(() => verbs.removeOrganization("gone", audit()));
  while (transaction(() => verbs.eraseRemoved()));
  assert.deepEqual(create(), { id: "gone", name: "gone", revision: 1 });
  assert.equal(database.prepare("select number from organization").get()?.["number"], 2);
  assert.deepEqual(verbs.keys(), []);
  database.close();
});
