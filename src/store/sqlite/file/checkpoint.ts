// Checkpoints: the WAL is copied into the main file behind the answers. On threads a connection of its own copies, so that
// commits go on meanwhile.

import type { DatabaseSync } from "node:sqlite";
import { Broken } from "../group-commit.ts";
import type { Engine } from "../engine.ts";
import { failureKind } from "../failure.ts";

export interface Checkpointer {
  /** Must follow every batch. Throws Broken. */
  after(): void;
  /** The other connection has copied, or could not. Throws Broken. */
  copied(worked: boolean): void;
}

/** So many pages of the WAL that are not in the main file start a checkpoint. Many commits change the same pages, and each page
 * is copied once: with a backlog of 300,000, SQLite's own limit of 1,000 pages took 1.5 times as long. */
const walPages = 8_000;
/** Commits go on while the other connection copies, and only a WAL that is copied to its end can begin anew. So few pages that
 * are left are copied by the writer, in a millisecond or two. */
const fewPages = 500;
/** How often in a row the other connection is asked. Then the writer copies, whatever is left. */
const mostTurns = 4;

/** `askCopier` makes the other connection copy; its result must go to `copied`. null: there is no other connection. */
export function createCheckpointer(engine: Engine, askCopier: (() => void) | null): Checkpointer {
  /** How often in a row the other connection was asked; 0: it is not copying. */
  let turns = 0;

  const state = engine.database.prepare("pragma wal_checkpoint(noop)");
  const left = () => leftOf(state.get());

  // The main file then also says that there must be a WAL [wal-check.ts].
  const copyRest = (): void => {
    if (checkpoint(engine.database) === 0) engine.ownerIsNew = false;
  };

  const ask = (): void => {
    turns++;
    askCopier?.();
  };

  const empty = (): void => {
    engine.erased = emptyWal(engine.database) ? "nowhere" : "kept";
  };

  return {
    after() {
      // A new owner must be in the main file at once; the WAL is short then.
      if (engine.ownerIsNew) return copyRest();
      if (turns > 0) return;
      if (askCopier !== null && left() >= (engine.erased === "asked" ? fewPages : walPages)) return ask();
      if (engine.erased === "asked") return empty();
      if (left() >= walPages) copyRest();
    },
    copied(worked) {
      if (worked && turns < mostTurns && left() > fewPages) return ask();
      turns = 0;
      if (worked) copyRest();
      if (engine.erased === "asked") empty();
    },
  };
}

/** Copies all that is left and cuts the WAL to nothing. false: somebody reads from it. Throws Broken. */
function emptyWal(database: DatabaseSync): boolean {
  const { timeout } = database.prepare("pragma busy_timeout").get() as { timeout: number };
  try {
    // Nobody's write waits for a long read.
    database.exec("pragma busy_timeout = 0");
    return database.prepare("pragma wal_checkpoint(truncate)").get()?.["busy"] === 0;
  } catch (error) {
    if (failureKind(error) === "busy") return false;
    throw broken(error);
  } finally {
    database.exec(`pragma busy_timeout = ${timeout}`);
  }
}

/** Copies the pages of the WAL that no older read needs. Returns how many are left; null: it cannot copy now. Throws Broken. */
export function checkpoint(database: DatabaseSync): number | null {
  try {
    const reached = database.prepare("pragma wal_checkpoint(passive)").get();
    return reached?.["busy"] === 0 ? leftOf(reached) : null;
  } catch (error) {
    if (failureKind(error) === "busy") return null;
    throw broken(error);
  }
}

/** Pages that are in the WAL and not in the main file. A database in memory has no WAL and says -1 for both counts. */
function leftOf(state: object | undefined): number {
  const { log, checkpointed } = state as { log: number; checkpointed: number };
  return log - checkpointed;
}

const broken = (cause: unknown): Broken => new Broken(`the database failed: ${String(cause)}`, { cause });
