// One process per data directory: an exclusive transaction on a file of its own, held as long as the store is open. The
// system ends it with the process, however that ends, so no stale lock is left. The file also stores the epoch of the last
// owner: a database with an older epoch has lost its newest part.

import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartError } from "../../../errors.ts";
import { startFailure } from "../failure.ts";

export interface Lock {
  /** Epoch of the last owner that is stored here; 0: none. */
  readonly epoch: number;
  /** Stores the epoch of a new owner. Durable when it returns. Throws a StartError if the disk takes nothing. */
  note(epoch: number): void;
  release(): void;
}

const lockName = "lock.sqlite";
const whenDamaged = "delete it, nothing else is lost with it";

/** Throws a StartError when another process, or another store of this one, has the directory. */
export function lockDirectory(directory: string): Lock {
  const file = join(directory, lockName);
  let database: DatabaseSync | null = null;
  try {
    const held = (database = new DatabaseSync(file, { timeout: 0 }));
    // This mode keeps the lock between two transactions, too.
    held.exec("pragma locking_mode = exclusive; pragma synchronous = extra; begin exclusive");
    const epoch = Number(held.prepare("pragma user_version").get()?.["user_version"]);
    return {
      epoch,
      note(epoch) {
        try {
          held.exec(`pragma user_version = ${epoch}; commit; begin exclusive`);
        } catch (error) {
          throw startFailure(error, file, whenDamaged);
        }
      },
      release: () => held.close(),
    };
  } catch (error) {
    database?.close();
    if ((error as { errcode?: number }).errcode === 5) {
      throw new StartError(
        `${directory} is in use by another Belfry: stop that one first, or give this one a directory of its own with --data.`,
      );
    }
    throw startFailure(error, file, whenDamaged);
  }
}

/** Throws a StartError for a database whose last owner is older than `ownerEpoch`. Must run before anything is written, so
 * that the missing part can still be put back. */
export function checkAge(database: DatabaseSync, ownerEpoch: number, file: string): void {
  if (ownerEpoch === 0 || lastEpoch(database) >= ownerEpoch) return;
  const name = basename(file);
  throw new StartError(
    `${file} is older than the Belfry that ran here last: it, or ${name}-wal beside it, was deleted or put back from a copy. ` +
      `Put the newest ones back; or delete ${lockName} to go on without the missing part.`,
  );
}

function lastEpoch(database: DatabaseSync): number {
  const isMade = database.prepare("select 1 from sqlite_schema where name = 'meta'").get() !== undefined;
  return isMade ? Number(database.prepare("select value from meta where name = 'epoch'").get()?.["value"] ?? 0) : 0;
}
