// One process per data directory: an exclusive transaction on a file of its own, held as long as the store is open. The
// system ends it with the process, however that ends, so no stale lock is left. The file also stores the epoch of the last
// owner (a database with an older epoch has lost its newest part), and which file that owner used (another one is a copy).

import { closeSync, existsSync, openSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartError } from "../../../errors.ts";
import { goOn, startFailure } from "../failure.ts";
import { isFile, markOf } from "./file-mark.ts";

export interface Lock {
  /** Epoch of the last owner that is stored here; 0: none. */
  readonly epoch: number;
  /** Stores the epoch of a new owner. Durable when it returns. Throws a StartError if the disk takes nothing. */
  note(epoch: number): void;
  /** Whether the database is another file than the one that was adopted here: a copy, or one that was put back. A database of
   * an earlier release, which adopted nothing, is none. */
  isCopy(file: string): boolean;
  /** From now on this file is the one used here. Durable when it returns. Throws a StartError like `note`. */
  adopt(file: string): void;
  release(): void;
}

const lockName = "lock.sqlite";
const whenDamaged = "delete it, nothing else is lost with it";

/** `database`: the file that the lock protects; null: none yet. Throws a StartError when another process, or another store of
 * this one, has the directory. */
export function lockDirectory(directory: string, database: string | null = null): Lock {
  const file = join(directory, lockName);
  const isNew = !existsSync(file);
  let opened: DatabaseSync | null = null;
  try {
    // SQLite would give it the mode of the process.
    if (isNew) closeSync(openSync(file, "a", 0o600));
    const held = (opened = new DatabaseSync(file, { timeout: 0 }));
    // This mode keeps the lock between two transactions, too.
    held.exec("pragma locking_mode = exclusive; pragma synchronous = extra; begin exclusive");
    const epoch = Number(held.prepare("pragma user_version").get()?.["user_version"]);
    const write = (sql: string): void => {
      try {
        held.exec(`${sql}; commit; begin exclusive`);
      } catch (error) {
        throw startFailure(error, file, whenDamaged);
      }
    };
    let mark = readMark(held);
    const setMark = (next: string): void => {
      write(`${makeTable}; delete from adopted; insert into adopted values ('${next}')`);
      mark = next;
    };
    // A database without its lock came from elsewhere. It stays a copy, however often its start is refused. So the lock of a
    // new database must be durable first.
    if (isNew && database !== null && sizeOf(database) > 0) setMark(noFile);
    else if (isNew) write(makeTable);
    return {
      epoch,
      note: (epoch) => write(`pragma user_version = ${epoch}`),
      isCopy: (database) => mark !== null && sizeOf(database) > 0 && !isFile(mark, database),
      adopt(database) {
        if (mark === null || !isFile(mark, database)) setMark(markOf(database));
      },
      release: () => held.close(),
    };
  } catch (error) {
    opened?.close();
    if ((error as { errcode?: number }).errcode === 5) {
      throw new StartError(
        `${directory} is in use by another Belfry: stop that one first, or give this one a directory of its own with --data.`,
      );
    }
    throw startFailure(error, file, whenDamaged);
  }
}

const noFile = "none";
const makeTable = "create table if not exists adopted (mark text not null)";

function readMark(lock: DatabaseSync): string | null {
  if (lock.prepare("select 1 from sqlite_schema where name = 'adopted'").get() === undefined) return null;
  const row = lock.prepare("select mark from adopted").get();
  return row === undefined ? null : String(row["mark"]);
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** Throws a StartError for a database whose last owner is older than `ownerEpoch`. Must run before anything is written, so
 * that the missing part can still be put back. */
export function checkAge(database: DatabaseSync, ownerEpoch: number, file: string): void {
  if (ownerEpoch === 0 || lastEpoch(database) >= ownerEpoch) return;
  const name = basename(file);
  throw new StartError(
    `${file} is older than the Belfry that ran here last: it, or ${name}-wal beside it, was deleted or put back from a copy. ` +
      `Put the newest ones back, or restore a backup into a new directory. ${goOn}.`,
  );
}

function lastEpoch(database: DatabaseSync): number {
  const isMade = database.prepare("select 1 from sqlite_schema where name = 'meta'").get() !== undefined;
  return isMade ? Number(database.prepare("select value from meta where name = 'epoch'").get()?.["value"] ?? 0) : 0;
}
