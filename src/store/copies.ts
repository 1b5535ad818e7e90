// Port: copies of a database that no server has open, as the commands `backup` and `restore` use them.

import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { databaseName, loadMasterKey, masterKeyName, operatorKeyName } from "./master-key.ts";
import { lockDirectory } from "./sqlite/file/lock.ts";
import { migrationsDirectory } from "./sqlite/file/migrate.ts";
import { readMigrations } from "./migrations.ts";
import { closeEngine } from "./sqlite/group-commit.ts";
import { openEngine } from "./sqlite/open-engine.ts";
import { checkCopy, readCopy } from "./sqlite/read-copy.ts";
import type { CopyFacts } from "./store.ts";
import { createVault } from "./vault.ts";

export { checkCopy, databaseName, masterKeyName, operatorKeyName };
export type { CopyFacts };

/** The newest schema that this release can read. */
export const newestSchema = (): number => readMigrations(migrationsDirectory).length;

/** Names the master key in a directory as `CopyFacts.masterKey` does. Throws a StartError for a file that is none. */
export const nameOfMasterKey = (directory: string): string => createVault(loadMasterKey(undefined, directory)).keyId;

/** Checks the whole database that was laid into a new data directory, brings it to the newest schema, and lets its numbers go on
 * above all that its original may have given out since. Throws a StartError that says what is wrong. */
export function adoptCopy(directory: string, clock: Clock): CopyFacts {
  const file = join(directory, databaseName);
  const lock = lockDirectory(directory, file);
  try {
    closeEngine(openEngine({ file, ownerEpoch: 0, isCopy: true, asIs: false }, clock));
    lock.adopt(file);
  } finally {
    lock.release();
  }
  return readCopy(file);
}
