// Opens a SQLite file the only way in which Belfry trusts it: undamaged, in WAL mode, every commit fsynced, by a version of
// SQLite without the WAL-reset defect. Whatever cannot be asserted stops the start.

import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { StartError } from "../../../errors.ts";
import { damaged, startFailure } from "../failure.ts";
import { assertCopiedWithoutWal, assertMadeAsCopy } from "./copy-check.ts";
import { assertWalKept, assertWalWhole, hasWal } from "./wal-check.ts";

/** What is known of a file before it is opened. */
export interface Origin {
  /** It is another file than the one that ran here last. */
  readonly isCopy: boolean;
  /** The operator wants it to be opened although something may be missing. */
  readonly asIs: boolean;
}

const own: Origin = { isCopy: false, asIs: false };

/** The first version in which two connections cannot corrupt a WAL (its WAL-reset defect is fixed). */
const safeVersion = [3, 51, 3] as const;

const busyMs = 5_000;
const cacheKiB = 32 * 1024;
/** Checkpoints run behind the answers [checkpoint.ts]. SQLite makes one within a commit only if those fall behind. */
const walPages = 16_000;
/** The size to which SQLite cuts a WAL that a burst has enlarged. */
const walBytes = 64 * 1024 * 1024;
/** A file up to this size is checked at every start, which takes a second or two. Damage in a larger file shows when the page
 * is read, and ends the process then. */
const checkedBytes = 256 * 1024 * 1024;

/** `file` is a path or `:memory:`. Throws a StartError for a file that is not whole, or may not be. */
export function openDatabase(file: string, origin: Origin = own): DatabaseSync {
  const onDisk = file !== ":memory:";
  if (onDisk && origin.isCopy && !origin.asIs) assertCopiedWithoutWal(file);
  const isSure = !onDisk || origin.asIs || assertWalWhole(file) === "whole";
  const hadWal = onDisk && hasWal(file);
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { timeout: busyMs });
    assertVersion(pragma(database, "sqlite_version()", "select sqlite_version() as value"));
    const journal = pragma(database, "journal_mode", "pragma journal_mode");
    // Both work only while the file is still empty.
    database.exec("pragma page_size = 4096; pragma auto_vacuum = incremental");
    database.exec("pragma journal_mode = wal; pragma synchronous = full");
    database.exec(
      `pragma cache_size = -${cacheKiB}; pragma wal_autocheckpoint = ${walPages}; ` +
        `pragma journal_size_limit = ${walBytes}; pragma temp_store = memory`,
    );
    // What is deleted is overwritten: an erased person must be in no free page.
    database.exec("pragma secure_delete = on");
    if (onDisk) assertPragma(database, "journal_mode", "wal");
    assertPragma(database, "synchronous", 2);
    assertPragma(database, "auto_vacuum", 2);
    if (onDisk && (origin.isCopy || origin.asIs)) assertSound(database, file, "integrity_check");
    else if (onDisk && (!isSure || statSync(file).size <= checkedBytes)) assertSound(database, file, "quick_check");
    if (onDisk && !hadWal && !origin.asIs) {
      if (origin.isCopy) assertMadeAsCopy(database, file, journal);
      else assertWalKept(database, file);
    }
    return database;
  } catch (error) {
    database?.close();
    throw startFailure(error, file, damaged);
  }
}

/** A second connection, for the history, that can write nothing. */
export function openReader(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly: true, timeout: busyMs });
  database.exec(`pragma cache_size = -${cacheKiB / 2}; pragma query_only = true; pragma temp_store = memory`);
  return database;
}

/** A third connection, which makes checkpoints while the writer goes on, and does nothing else. */
export function openCheckpointConnection(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: busyMs });
  database.exec("pragma synchronous = full; pragma wal_autocheckpoint = 0; pragma cache_size = 0");
  assertPragma(database, "synchronous", 2);
  return database;
}

/** Keeps the WAL as long as it is open. When a process crashes, its threads still close their connections. With the last one
 * SQLite would copy and delete the WAL, nothing would say so, and the next start would miss the WAL. This connection is of the
 * thread that ends last, and cannot delete anything. */
export function keepWal(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly: true, timeout: busyMs });
  // The lock that keeps the WAL is taken by the first read.
  database.prepare("select 1 from sqlite_schema limit 1").get();
  return database;
}

export function assertVersion(version: unknown): void {
  const parts = String(version).split(".").map(Number);
  for (const [index, least] of safeVersion.entries()) {
    const part = parts[index] ?? 0;
    if (part > least) return;
    if (part < least) {
      throw new StartError(
        `This Node brings SQLite ${String(version)}, which can corrupt its file; ${safeVersion.join(".")} is the first that ` +
          "cannot. Use Node 24.15 or later.",
      );
    }
  }
}

function assertPragma(database: DatabaseSync, name: string, expected: unknown): void {
  const value = pragma(database, name, `pragma ${name}`);
  if (value !== expected) {
    throw new StartError(
      `SQLite answers ${name} = ${String(value)} where Belfry needs ${String(expected)}: the data directory must be on a ` +
        "local file system, and the file must be one that Belfry made.",
    );
  }
}

/** `quick_check` leaves out whether indexes agree with their tables. */
export function assertSound(database: DatabaseSync, file: string, check: "quick_check" | "integrity_check"): void {
  const found = pragma(database, check, `pragma ${check}(1)`);
  if (found === "ok") return;
  const what = String(found).split("\n").at(-1);
  throw new StartError(`${file} is damaged (${what}): ${damaged}.`);
}

function pragma(database: DatabaseSync, name: string, sql: string): unknown {
  const row = database.prepare(sql).get();
  return row?.["value"] ?? row?.[name];
}
