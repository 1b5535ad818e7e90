// One process per data directory: an exclusive transaction on a file of its own, held as long as the store is open. The
// system drops it with the process, however that ends, so no stale lock can be left behind. The file also keeps the epoch
// of the last owner, by which a database that is older than its owners, because it lost its newest part, shows.

import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartError } from "../../../errors.ts";
import { startFailure } from "../failure.ts";

export interface Lock {
  /** Epoch of the last owner that was noted; 0: none. */
  readonly epoch: number;
  /** Durable when it returns. Throws a StartError where the disk takes nothing. */
  note(epoch: number): void;
  release(): void;
}

const lockName = "lock.sqlite";
const mend = "delete it, nothing else is lost with it";

/** Throws a StartError when another process, or another store of this one, has the directory. */
export function lockDirectory(directory: string): Lock {
  const file = join(directory, lockName);
  let database: DatabaseSync | null = null;
  try {
    const held = (database = new DatabaseSync(file, { timeout: 0 }));
    // The mode keeps the lock also between two transactions.
    held.exec("pragma locking_mode = exclusive; pragma synchronous = extra; begin exclusive");
    const epoch = Number(held.prepare("pragma user_version").get()?.["user_version"]);
    return {
      epoch,
      note(epoch) {
        try {
          held.exec(`pragma user_version = ${epoch}; commit; begin exclusive`);
        } catch (error) {
          throw startFailure(error, file, mend);
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
    throw startFailure(error, file, mend);
  }
}

/** Throws a StartError for a database whose last owner came before the one that was noted. To be asked before anything is
 * written, so that what is missing can still be put back. */
export function checkAge(database: DatabaseSync, noted: number, file: string): void {
  if (noted === 0 || lastEpoch(database) >= noted) return;
  const name = basename(file);
  throw new StartError(
    `${file} is older than the Belfry that ran here last: it, or ${name}-wal beside it, was deleted or put back from a copy. ` +
      `Put the newest ones back; or delete ${lockName} to go on without what is missing.`,
  );
}

function lastEpoch(database: DatabaseSync): number {
  const isMade = database.prepare("select 1 from sqlite_schema where name = 'meta'").get() !== undefined;
  return isMade ? Number(database.prepare("select value from meta where name = 'epoch'").get()?.["value"] ?? 0) : 0;
}
