// Brings the schema of a database up to date: numbered files of plain SQL, each in a transaction of its own, never changed
// after a release. A database that is newer than the code is refused.

import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { StartError } from "../../../errors.ts";
import { checksumOf, type Migration } from "../../migrations.ts";

export const migrationsDirectory: string = join(import.meta.dirname, "../migrations");

/** Applies the missing ones, and stores `now` (epoch ms) beside each. Throws a StartError when database and files disagree. */
export function migrate(database: DatabaseSync, migrations: readonly Migration[], now: number): void {
  database.exec(
    "create table if not exists migration (number integer primary key, name text not null, checksum text not null," +
      " applied_at integer not null) strict",
  );
  const applied = database.prepare("select number, name, checksum from migration order by number").all();
  const newest = Number(applied.at(-1)?.["number"] ?? 0);
  if (newest > migrations.length) {
    throw new StartError(
      `The database has schema ${newest}, this Belfry knows only ${migrations.length}: start the newer Belfry that wrote it, ` +
        "or restore a backup made before the upgrade.",
    );
  }
  for (const row of applied) {
    const migration = migrations[Number(row["number"]) - 1];
    if (migration === undefined || row["checksum"] !== checksumOf(migration)) {
      throw new StartError(
        `Migration ${String(row["number"])} (${String(row["name"])}) is not the one this database was made with: install an ` +
          "unchanged release of Belfry.",
      );
    }
  }
  const insert = database.prepare("insert into migration (number, name, checksum, applied_at) values (?, ?, ?, ?)");
  for (const migration of migrations.slice(newest)) {
    database.exec("begin immediate");
    try {
      database.exec(migration.sql);
      insert.run(migration.number, migration.name, checksumOf(migration), Math.floor(now));
      database.exec("commit");
    } catch (error) {
      if (database.isTransaction) database.exec("rollback");
      throw new StartError(
        `Migration ${migration.number} (${migration.name}) failed and was undone: ${String(error)}. ` +
          "Start the release before this one, and report it.",
      );
    }
  }
}
