// What is done behind the answers: the log is copied into the main file, by a connection of its own where there is one,
// so that commits go on meanwhile.

import type { DatabaseSync } from "node:sqlite";
import { Broken } from "../group-commit.ts";
import type { Engine } from "../engine.ts";
import { failureKind } from "../failure.ts";

export interface Checkpointer {
  /** Must follow every batch, each piece of work in a transaction of its own. Throws Broken. */
  after(): void;
  /** The other connection has come to the end of its copying, or found that it cannot copy now. Throws Broken. */
  copied(worked: boolean): void;
}

/** Pages in the log that are not in the main file yet, at which they are copied. Many commits touch the same pages, and
 * each is copied once: with a backlog of 300,000 a log of 1,000 pages, SQLite's own limit, took 1.5 times as long. */
const logPages = 8_000;
/** What is left when the other connection is done, since commits went on: so few are copied at once by the writer, in a
 * millisecond or two, since only a log that is copied to its end can begin anew. */
const fewPages = 500;
/** Times that the other connection is asked in a row; then the writer copies, whatever is left. */
const mostTurns = 4;

/** `askCopier` makes the other connection copy, which is told by `copied`; null: there is none. */
export function createCheckpointer(engine: Engine, askCopier: (() => void) | null): Checkpointer {
  /** How often in a row the other connection was asked; 0: it is at rest. */
  let turns = 0;

  const state = engine.database.prepare("pragma wal_checkpoint(noop)");
  const left = () => leftOf(state.get());

  // The main file then also says that there must be a log [wal-check.ts].
  const copyRest = (): void => {
    if (checkpoint(engine.database) === 0) engine.ownerIsNew = false;
  };

  const ask = (): void => {
    turns++;
    askCopier?.();
  };

  return {
    after() {
      // The main file has to know of a new owner at once, and then the log is short.
      if (engine.ownerIsNew) return copyRest();
      if (turns > 0 || left() < logPages) return;
      if (askCopier === null) copyRest();
      else ask();
    },
    copied(worked) {
      if (worked && turns < mostTurns && left() > fewPages) return ask();
      turns = 0;
      if (worked) copyRest();
    },
  };
}

/** Copies what is in the log and nobody reads any more. How many pages are left; null: it cannot copy now. Throws Broken. */
export function checkpoint(database: DatabaseSync): number | null {
  try {
    const reached = database.prepare("pragma wal_checkpoint(passive)").get();
    return reached?.["busy"] === 0 ? leftOf(reached) : null;
  } catch (error) {
    if (failureKind(error) === "busy") return null;
    throw broken(error);
  }
}

/** Pages that are in the log and not in the main file; a database in memory has no log and says -1 for both. */
function leftOf(state: object | undefined): number {
  const { log, checkpointed } = state as { log: number; checkpointed: number };
  return log - checkpointed;
}

const broken = (cause: unknown): Broken => new Broken(`the database failed: ${String(cause)}`, { cause });
