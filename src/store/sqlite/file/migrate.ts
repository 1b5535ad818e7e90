// Brings the schema of a database up to date: numbered files of plain SQL, each in a transaction of its own, never changed
// after a release. A database that is newer than the code is refused.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { StartError } from "../../../errors.ts";

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

export const migrationsDirectory: string = join(import.meta.dirname, "../migrations");

/** Reads `0001_name.sql`, `0002_name.sql`, …; numbers start at 1 and have no gaps. */
export function readMigrations(directory: string): readonly Migration[] {
  const files = readdirSync(directory).filter((file) => file.endsWith(".sql"));
  return files.toSorted().map((file, index) => {
    const [, digits, name] = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file) ?? [];
    if (digits === undefined || name === undefined || Number(digits) !== index + 1) {
      throw new StartError(
        `${join(directory, file)} is out of place: migrations are named 0001_name.sql, without a gap.`,
      );
    }
    return { number: index + 1, name, sql: readFileSync(join(directory, file), "utf8") };
  });
}

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
    if (migration === undefined || row["checksum"] !== checksum(migration)) {
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
      insert.run(migration.number, migration.name, checksum(migration), Math.floor(now));
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

function checksum(migration: Migration): string {
  return createHash("sha256").update(migration.sql).digest("hex");
}
