// One image that a power cut has left: it must open by itself, with the real store, and everything that was acknowledged
// before the cut must be there, owed or ended for every subscription.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../../src/clock.ts";
import { StartError } from "../../../src/errors.ts";
import { adopt } from "../../fixtures/adopted.ts";
import { loadMasterKey } from "../../../src/store/master-key.ts";
import { openSqliteInProcess } from "../../../src/store/sqlite/open.ts";
import { checkLedger } from "../rig/ledger.ts";
import type { Image } from "./disk.ts";

export interface CutResult {
  /** Why it did not open. */
  readonly refusal: string | null;
  readonly faults: readonly string[];
  readonly events: number;
}

/** Writes the image into a new directory. */
export function lay(image: Image, directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { mode: 0o700 });
  for (const [name, bytes] of image) writeFileSync(join(directory, basename(name)), bytes, { mode: 0o600 });
}

/** The index of the log (-shm) as SQLite makes it of the files in the directory, which are used up by that; null: there
 * is no log. */
export function indexOf(directory: string): Buffer | null {
  try {
    const database = new DatabaseSync(join(directory, "belfry.sqlite"));
    try {
      database.prepare("select count(*) from sqlite_schema").get();
      return readFileSync(join(directory, "belfry.sqlite-shm"));
    } finally {
      database.close();
    }
  } catch {
    return null;
  }
}

/** Opens the directory, takes it over as an owner does, closes it and checks the ledger. */
export async function check(
  directory: string,
  acknowledged: ReadonlySet<number>,
  subscriptions: number,
): Promise<CutResult> {
  try {
    const masterKey = loadMasterKey(undefined, directory);
    adopt(directory);
    const store = await openSqliteInProcess({ directory, masterKey, clock: systemClock });
    const { epoch, lanes } = await store.ledger.acquire(Date.now(), 0);
    const reads = lanes.map((open) => ({ ...open, limit: 100_000 }));
    const rows = (await store.ledger.readDue(epoch, Date.now(), reads)).reduce((sum, { rows }) => sum + rows.length, 0);
    const { pending } = await store.history.totals();
    await store.close();
    const { figures, faults } = checkLedger(directory, acknowledged, subscriptions);
    const unread = pending === rows ? [] : [`an owner finds ${rows} of ${pending} deliveries that are owed`];
    return { refusal: null, faults: [...faults, ...unread], events: figures.events };
  } catch (error) {
    if (error instanceof StartError) return { refusal: error.message, faults: [], events: 0 };
    return { refusal: null, faults: [`it did not open: ${String(error)}`], events: 0 };
  }
}
