import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { copyDatabase } from "../../src/store/sqlite/file/copy-database.ts";

test("a copy that begins while a transaction is open is made all the same", async () => {
  const directory = mkdtempSync(join(tmpdir(), "belfry-copy-"));
  const database = new DatabaseSync(join(directory, "source.sqlite"));
  database.exec("pragma journal_mode = wal; create table t (x)");
  const add = database.prepare("insert into t values (?)");
  for (let index = 0; index < 50; index++) add.run("x".repeat(4_000));

  for (let round = 0; round < 60; round++) {
    const target = join(directory, `${round}.sqlite`);
    let isMade = false;
    const copy = copyDatabase(database, target, () => {}).finally(() => (isMade = true));
    while (!isMade) {
      database.exec("begin immediate");
      add.run("y");
      await nextTurn();
      database.exec("commit");
      await nextTurn();
    }
    await copy;
    const made = new DatabaseSync(target);
    assert.ok(Number(made.prepare("select count(*) as n from t").get()?.["n"]) >= 50);
    made.close();
  }
  database.close();
  rmSync(directory, { recursive: true });
});
