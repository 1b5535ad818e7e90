// Copies an open database into another file, a few pages at a time, on the connection that writes: SQLite takes over into the
// copy what is written meanwhile, so it neither begins again nor holds up checkpoints.

import { closeSync, fdatasync, openSync, rmSync } from "node:fs";
import { backup, type DatabaseSync } from "node:sqlite";
import { BelfryError } from "../../../errors.ts";
import type { CopyProgress } from "../../store.ts";
import { failureKind, unavailable } from "../failure.ts";

export type CopyTo = (target: string, onProgress: CopyProgress) => Promise<void>;

/** A commit waits for so many pages at most: a few tenths of a millisecond. */
const pages = 32;
/** And for this pause, which leaves the disk to the commits. Together about 80 MB/s. */
const pauseMs = 1;
const pageBytes = 4096;
/** SQLite syncs the copy at its end, and commits wait for that. So most of it is synced before. */
const syncBytes = 8 * 1024 * 1024;
/** A copy that begins while a transaction is open begins again, so often. */
const mostTries = 100;
/** BUSY and LOCKED; and OK, which Node throws ("not an error") where the first pages found the database busy. */
const busyCodes: readonly unknown[] = [0, 5, 6];

const neverStill = "The store was writing whenever the copy was to begin. Try again when it has less to do.";

const still = new Int32Array(new SharedArrayBuffer(4));

/** `target` must not exist; it is removed again when this throws, as when `onProgress` does. */
export async function copyDatabase(database: DatabaseSync, target: string, onProgress: CopyProgress): Promise<void> {
  // SQLite would give it the mode of the process.
  const handle = openSync(target, "wx", 0o600);
  const sync = syncBehind(handle);
  try {
    await copyPages(database, target, (copied, bytes) => {
      sync(copied);
      onProgress(copied, bytes);
      Atomics.wait(still, 0, 0, pauseMs);
    });
  } catch (error) {
    rmSync(target, { force: true });
    rmSync(`${target}-journal`, { force: true });
    throw failureKind(error) === "busy" ? unavailable(error) : error;
  } finally {
    closeSync(handle);
  }
}

async function copyPages(database: DatabaseSync, target: string, onProgress: CopyProgress): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      const progress = ({ totalPages, remainingPages }: { totalPages: number; remainingPages: number }): void =>
        onProgress((totalPages - remainingPages) * pageBytes, totalPages * pageBytes);
      await backup(database, target, { rate: pages, progress });
      return;
    } catch (error) {
      if (!busyCodes.includes((error as { readonly errcode?: number }).errcode)) throw error;
      if (tries === mostTries) throw new BelfryError("UNAVAILABLE", neverStill, { cause: error });
    }
  }
}

/** Syncs the file in the background whenever enough was written since. What it misses is synced at the end. */
function syncBehind(handle: number): (written: number) => void {
  let [synced, running] = [0, false];
  return (written) => {
    if (running || written - synced < syncBytes) return;
    running = true;
    fdatasync(handle, () => {
      synced = written;
      running = false;
    });
  };
}
