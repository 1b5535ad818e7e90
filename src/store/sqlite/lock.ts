// One process per data directory: an exclusive transaction on a file of its own, held as long as the store is open. The
// system drops it with the process, however that ends, so no stale lock can be left behind.

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartError } from "../../errors.ts";

export interface Lock {
  release(): void;
}

/** Throws a StartError when another process, or another store of this one, has the directory. */
export function lockDirectory(directory: string): Lock {
  const database = new DatabaseSync(join(directory, "lock.sqlite"), { timeout: 0 });
  try {
    database.exec("pragma locking_mode = exclusive; begin exclusive");
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode !== 5) throw error;
    throw new StartError(
      `${directory} is in use by another Belfry: stop that one first, or give this one a directory of its own with --data.`,
    );
  }
  return { release: () => database.close() };
}
