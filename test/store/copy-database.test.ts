// The copy of an open database, beside what its own connection writes.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { copyDatabase } from "../../src/store/sqlite/file/copy-database.ts";

const root = mkdtempSync(join(tmpdir(), "belfry-copy-"));
after(() => rmSync(root, { recursive: true }));

const open = (name: string): DatabaseSync => {
  const database = new DatabaseSync(join(root, name));
  database.exec("pragma journal_mode = wal; create table t (a); insert into t values (zeroblob(300000))");
  return database;
};

test("a copy that begins while a transaction is open has what that one wrote", async () => {
  const database = open("open.sqlite");
  database.exec("begin immediate; insert into t values (1)");
  const target = join(root, "copy.sqlite");
  const copied = copyDatabase(database, target, () => undefined);
  await turn();
  database.exec("commit");
  await copied;
  database.close();
  const copy = new DatabaseSync(target);
  assert.equal(copy.prepare("select count(*) as count from t").get()!["count"], 2);
  copy.close();
});

test("a copy that finds a transaction open at every try is given up, and leaves no file", async () => {
  const database = open("held.sqlite");
  database.exec("begin immediate; insert into t values (1)");
  const target = join(root, "none.sqlite");
  await assert.rejects(
    copyDatabase(database, target, () => undefined),
    /Try again when it has less to do/,
  );
  database.close();
  assert.equal(existsSync(target), false);
});
