// Judges a database that is another file than the one that ran here last: a copy, or a backup that was put in its place. A copy
// of a file in use looks like a sound one and can miss anything. Only copies that show how they were made are accepted.

import type { DatabaseSync } from "node:sqlite";
import { StartError } from "../../../errors.ts";
import { isClosed, walBytes } from "./wal-check.ts";

const instead =
  "Make copies with `belfry backup`, or of a server that was stopped. If no Belfry ran while it was copied, as after a crash, " +
  "or if something may be missing, start once with --as-is";

/** Throws a StartError for a copy with a WAL. Must run before SQLite opens the file, which would take the WAL in. */
export function assertCopiedWithoutWal(file: string): void {
  if ((walBytes(file) ?? 0) === 0) return;
  throw new StartError(
    `${file} is a copy of another file, made while Belfry ran or after a crash: its WAL is beside it, and nothing shows that the ` +
      `two were copied at one moment. ${instead}.`,
  );
}

/** Throws a StartError unless the copy was made of a closed database, or by SQLite itself. `journal`: its journal mode, as it was
 * found. */
export function assertMadeAsCopy(database: DatabaseSync, file: string, journal: unknown): void {
  if (isClosed(database) || journal === "delete" || isMadeBySqlite(database)) return;
  throw new StartError(
    `${file} is a copy of another file that was in use, without the WAL that belongs to it: what was acknowledged last is not in ` +
      `it. ${instead}.`,
  );
}

/** SQLite's backup begins a new count of the changes of the schema, and VACUUM INTO leaves another journal mode. */
function isMadeBySqlite(database: DatabaseSync): boolean {
  return countOf(database, "pragma schema_version") < objects(database);
}

/** Counts the changes of the schema up to where a database stands that was never copied: else a copy of this copy, made of the
 * file alone while it is in use, would look like one made by SQLite. Only needed once, when a copy is opened. */
export function countSchemaOn(database: DatabaseSync): void {
  while (countOf(database, "pragma schema_version") < objects(database)) {
    database.exec("create table counted (x integer) strict; drop table counted");
  }
}

const objects = (database: DatabaseSync): number => countOf(database, "select count(*) from sqlite_schema");

const countOf = (database: DatabaseSync, sql: string): number =>
  Number(Object.values(database.prepare(sql).get() ?? {})[0]);
