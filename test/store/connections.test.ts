// How each connection to a file is set up: what a power cut leaves depends on settings that no other test can see fail.

import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, mock, test } from "node:test";
import { openCheckpointConnection, openDatabase, openReader } from "../../src/store/sqlite/file/database.ts";
import { lockDirectory } from "../../src/store/sqlite/file/lock.ts";

const root = mkdtempSync(join(tmpdir(), "belfry-connections-"));
after(() => rmSync(root, { recursive: true }));
const newDirectory = () => mkdtempSync(join(root, "data-"));

const setting = (database: DatabaseSync, name: string): unknown =>
  Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0];
const [full, extra] = [2, 3];

function newFile(): string {
  const file = join(newDirectory(), "belfry.sqlite");
  const writer = openDatabase(file);
  writer.exec("create table a (x integer) strict; insert into a values (1)");
  writer.close();
  return file;
}

test("the writer syncs every commit, and copies the log only where nobody else did for long", () => {
  const writer = openDatabase(newFile());
  assert.equal(setting(writer, "synchronous"), full);
  assert.equal(setting(writer, "journal_mode"), "wal");
  assert.equal(setting(writer, "auto_vacuum"), 2);
  assert.ok(Number(setting(writer, "wal_autocheckpoint")) >= 16_000);
  assert.equal(setting(writer, "journal_size_limit"), 64 * 1024 * 1024, "-1 would be no limit");
  writer.close();
});

test("the connection that copies the log syncs what it copies before the log may begin anew, and starts nothing itself", () => {
  const file = newFile();
  const copier = openCheckpointConnection(file);
  assert.equal(setting(copier, "synchronous"), full);
  assert.equal(setting(copier, "wal_autocheckpoint"), 0);
  copier.close();
});

test("the connection of the history can write nothing", () => {
  const file = newFile();
  const reader = openReader(file);
  assert.equal(setting(reader, "query_only"), 1);
  assert.throws(() => reader.exec("insert into a values (2)"), /readonly/);
  reader.exec("pragma query_only = false");
  assert.throws(() => reader.exec("insert into a values (2)"), /readonly/, "the file itself is opened for reading");
  reader.close();
});

test("what the lock notes is durable when the call returns, and the lock is not let go for it", () => {
  const directory = newDirectory();
  const seen = new Set<DatabaseSync>();
  const { exec } = DatabaseSync.prototype;
  mock.method(DatabaseSync.prototype, "exec", function (this: DatabaseSync, sql: string) {
    seen.add(this);
    exec.call(this, sql);
  });
  const lock = lockDirectory(directory);
  mock.restoreAll();
  const [connection] = seen;
  assert.equal(setting(connection!, "synchronous"), extra, "also the removal of the journal is synced");
  assert.equal(setting(connection!, "locking_mode"), "exclusive");
  lock.note(7);
  assert.equal(connection!.isTransaction, true);
  assert.throws(() => lockDirectory(directory), /in use by another Belfry/);

  // As a power cut leaves it: the files, without what the process had in memory.
  const cut = newDirectory();
  copyFileSync(join(directory, "lock.sqlite"), join(cut, "lock.sqlite"));
  const next = lockDirectory(cut);
  assert.equal(next.epoch, 7);
  next.release();
  lock.release();
});
