// The database of a run: real SQLite in memory, behind which a fault can be armed. A crash leaves what was committed and
// takes back the rest, as SQLite itself does. Prepared statements outlive the engine that asked for them, and an emptied
// database the run: making them again at every start would be most of the work of a run and tells nothing.

import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { openDatabase } from "../../src/store/sqlite/file/database.ts";
import { migrate, migrationsDirectory } from "../../src/store/sqlite/file/migrate.ts";
import { readMigrations } from "../../src/store/migrations.ts";

/** What goes wrong in a transaction. `write` and `commit` count from 0 within one batch. */
export type Fault =
  /** Another program holds the file: no transaction begins. */
  | { readonly kind: "busy" }
  /** The disk is full at this write, or at the commit. */
  | { readonly kind: "full"; readonly write: number }
  | { readonly kind: "full-commit" }
  /** A row that no table takes: this call fails, those beside it must not. */
  | { readonly kind: "bad-row"; readonly write: number }
  /** The fsync fails; whether the commit is there afterwards nobody knows. */
  | { readonly kind: "io"; readonly durable: boolean }
  /** The machine goes dark at this commit, just before or just after it. */
  | { readonly kind: "power"; readonly commit: number; readonly durable: boolean };

export interface Disk {
  /** What the engine works with. */
  readonly database: DatabaseSync;
  /** The same without faults, for the oracle. */
  readonly truth: DatabaseSync;
  /** Arms a fault for the batch that comes. */
  arm(fault: Fault | null): void;
  /** The armed fault, if it struck. Disarms it. */
  struck(): Fault | null;
  /** Takes back what was not committed. */
  crash(): void;
  close(): void;
}

export interface Watcher {
  begun(): void;
  committed(): void;
  undone(): void;
}

/** A database with all tables, empty, and what was prepared on it. */
interface Blank {
  readonly truth: DatabaseSync;
  readonly statements: Map<string, StatementSync>;
}

const blanks: Blank[] = [];
const migrations = readMigrations(migrationsDirectory);
/** Asked after every commit; a database in memory has no log. */
const logState = "pragma wal_checkpoint(noop)";
const noLog = { busy: 0, log: -1, checkpointed: -1 };
const sqliteError = (errcode: number, message: string) => Object.assign(new Error(message), { errcode });

export function createDisk(watcher: Watcher, now: number): Disk {
  const blank = blanks.pop() ?? makeBlank(now);
  const { truth } = blank;
  const statements = new Map<string, StatementSync>();
  let armed: Fault | null = null;
  let fired: Fault | null = null;
  let writes = 0;
  let commits = 0;

  const strike = (fault: Fault, error: Error): Error => {
    armed = null;
    fired = fault;
    return error;
  };

  const write = (): void => {
    const write = writes++;
    if (armed === null || !("write" in armed) || armed.write !== write) return;
    if (armed.kind === "full") throw strike(armed, sqliteError(13, "database or disk is full"));
    throw strike(armed, new TypeError("a row that no table takes"));
  };

  const commit = (): void => {
    const fault = armed;
    const number = commits++;
    if (fault?.kind === "full-commit") throw strike(fault, sqliteError(13, "database or disk is full"));
    const breaks = fault?.kind === "io" || (fault?.kind === "power" && fault.commit === number);
    if (breaks && !fault.durable) throw strike(fault, sqliteError(10, "disk I/O error"));
    truth.exec("commit");
    watcher.committed();
    if (breaks) throw strike(fault, sqliteError(10, "disk I/O error"));
  };

  const exec = (sql: string): void => {
    if (sql === "commit") return commit();
    if (sql === "begin immediate" && armed?.kind === "busy") {
      throw strike(armed, sqliteError(5, "database is locked"));
    }
    truth.exec(sql);
    if (sql === "begin immediate") watcher.begun();
    if (sql === "rollback") watcher.undone();
  };

  const prepare = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      let real = blank.statements.get(sql);
      if (real === undefined) blank.statements.set(sql, (real = truth.prepare(sql)));
      const faulty = sql === logState ? { get: () => noLog } : faultyOf(real);
      statements.set(sql, (statement = faulty as unknown as StatementSync));
    }
    return statement;
  };

  const faultyOf = (real: StatementSync) => ({
    run(...given: SQLInputValue[]) {
      write();
      return real.run(...given);
    },
    get: (...given: SQLInputValue[]) => real.get(...given),
    all: (...given: SQLInputValue[]) => real.all(...given),
    iterate: (...given: SQLInputValue[]) => real.iterate(...given),
    setReturnArrays: (enabled: boolean) => real.setReturnArrays(enabled),
  });

  const database = {
    exec,
    prepare,
    get isTransaction() {
      return truth.isTransaction;
    },
  };

  return {
    database: database as unknown as DatabaseSync,
    truth,
    arm(fault) {
      armed = fault;
      fired = null;
      writes = 0;
      commits = 0;
    },
    struck() {
      armed = null;
      return fired;
    },
    crash() {
      armed = null;
      if (!truth.isTransaction) return;
      truth.exec("rollback");
      watcher.undone();
    },
    close() {
      if (truth.isTransaction) truth.exec("rollback");
      for (const { name } of truth.prepare("select name from sqlite_schema where type = 'table'").all()) {
        if (name !== "migration") truth.exec(`delete from "${String(name)}"`);
      }
      truth.exec("pragma incremental_vacuum");
      blanks.push(blank);
    },
  };
}

function makeBlank(now: number): Blank {
  const truth = openDatabase(":memory:");
  migrate(truth, migrations, now);
  return { truth, statements: new Map() };
}
