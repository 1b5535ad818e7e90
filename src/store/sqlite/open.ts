// Opens the embedded store: `openSqlite` with the engine and the history on threads of their own, `openSqliteInProcess`
// with the same engine in the caller's thread, for tests and the simulation.

import { closeSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import type { Clock } from "../../clock.ts";
import { StartError } from "../../errors.ts";
import { makeDirectory } from "../data-directory.ts";
import { databaseName } from "../master-key.ts";
import type { Ledger } from "../ledger.ts";
import type { Store } from "../store.ts";
import { createVault, type Vault } from "../vault.ts";
import { type Client, createClient } from "./thread/client.ts";
import { Broken, closeEngine, commitBatch } from "./group-commit.ts";
import { keepWal, openDatabase } from "./file/database.ts";
import { createEngine, type Operations } from "./engine.ts";
import { damaged } from "./failure.ts";
import { createHistory } from "./ports/history.ts";
import { createHistoryReads, type HistoryOperations } from "./statements/history-reads.ts";
import { createLedger } from "./ports/ledger.ts";
import { checkAge, type Lock, lockDirectory } from "./file/lock.ts";
import { migrate, migrationsDirectory, readMigrations } from "./file/migrate.ts";
import { readBatch } from "./thread/read-batch.ts";
import { createRegistry } from "./ports/registry.ts";
import { callsOfCommit, startThread } from "./thread/start.ts";
import { createCheckpointer } from "./file/checkpoint.ts";

export interface SqliteOptions {
  /** Made with mode 0700 when absent. */
  readonly directory: string;
  readonly masterKey: Uint8Array;
  readonly clock: Clock;
}

export interface InProcessOptions extends Omit<SqliteOptions, "directory"> {
  /** null: in memory. */
  readonly directory: string | null;
}

const writerLimits = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 };
const readerLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 };

/** Throws a StartError where the process must not start: a directory in use, a wrong master key, a foreign schema. */
export async function openSqlite({ directory, masterKey, clock }: SqliteOptions): Promise<Store> {
  const file = prepare(directory);
  const lock = lockDirectory(directory);
  const opened: { close(): Promise<void> }[] = [{ close: async () => lock.release() }];
  const close = async () => {
    for (const each of opened.splice(0).toReversed()) await each.close();
  };
  try {
    // Closed after every connection: a file that is closed once loses all locks that its process has on it.
    const handle = openSync(file, "r");
    opened.push({ close: async () => closeSync(handle) });
    const shared = { file, epoch: lock.epoch, handle };
    const beside = new MessageChannel();
    const starting = [
      startThread<Operations>({ ...shared, role: "writer", beside: beside.port1 }, writerLimits, callsOfCommit),
      startThread<HistoryOperations>({ ...shared, role: "reader", beside: beside.port2 }, readerLimits, 1),
    ] as const;
    for (const each of await Promise.allSettled(starting)) if (each.status === "fulfilled") opened.push(each.value);
    const [writer, reader] = await Promise.all(starting);
    const keeper = keepWal(file);
    opened.push({ close: async () => keeper.close() });
    const vault = createVault(masterKey);
    await checkMasterKey(writer.client, vault, directory);
    return {
      ledger: noting(lock, createLedger(writer.client)),
      registry: createRegistry(writer.client, vault, clock),
      history: createHistory(reader.client),
      broken: Promise.race([writer.broken, reader.broken]),
      close,
    };
  } catch (error) {
    await close();
    throw error instanceof Broken ? new StartError(`${file} cannot be used (${error.message}): ${damaged}.`) : error;
  }
}

export async function openSqliteInProcess({ directory, masterKey, clock }: InProcessOptions): Promise<Store> {
  const file = directory === null ? ":memory:" : prepare(directory);
  const lock = directory === null ? null : lockDirectory(directory);
  const broken = Promise.withResolvers<Error>();
  const opened: { close(): void }[] = lock === null ? [] : [{ close: () => lock.release() }];
  const close = () => {
    for (const each of opened.splice(0).toReversed()) each.close();
  };
  try {
    const database = openDatabase(file);
    opened.push(database);
    checkAge(database, lock?.epoch ?? 0, file);
    migrate(database, readMigrations(migrationsDirectory), clock.now());
    const engine = createEngine(database, clock);
    opened.splice(opened.indexOf(database), 1, { close: () => closeEngine(engine) });
    const checkpointer = createCheckpointer(engine, null);
    const reads = createHistoryReads(database, clock);
    const writer: Client<Operations> = createClient<Operations>((calls) => {
      try {
        const answers = commitBatch(engine, calls);
        queueMicrotask(() => writer.answered(answers));
        checkpointer.after();
      } catch (error) {
        const failure = error instanceof Broken ? error : new Broken(String(error), { cause: error });
        writer.fail(failure);
        broken.resolve(failure);
      }
    }, queueMicrotask);
    const reader: Client<HistoryOperations> = createClient<HistoryOperations>((calls) => {
      const answers = readBatch(database, reads, calls);
      queueMicrotask(() => reader.answered(answers));
    }, queueMicrotask);
    const vault = createVault(masterKey);
    await checkMasterKey(writer, vault, directory ?? "memory");
    return {
      ledger: noting(lock, createLedger(writer)),
      registry: createRegistry(writer, vault, clock),
      history: createHistory(reader),
      broken: broken.promise,
      async close() {
        await writer.drain();
        await reader.drain();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Notes every owner outside the database too. */
function noting(lock: Lock | null, ledger: Ledger): Ledger {
  return {
    ...ledger,
    async acquire(...given) {
      const owned = await ledger.acquire(...given);
      lock?.note(owned.epoch.number);
      return owned;
    },
  };
}

/** Makes directory and file readable by nobody else; SQLite gives its other files the mode of the first. */
function prepare(directory: string): string {
  makeDirectory(directory);
  const file = join(directory, databaseName);
  const size = (name: string) => statSync(name, { throwIfNoEntry: false })?.size ?? 0;
  if (size(file) === 0 && size(`${file}-wal`) > 0) {
    throw new StartError(
      `${file} is missing and its log ${file}-wal is there: put the file back, or a backup of the data directory.`,
    );
  }
  try {
    closeSync(openSync(file, "a", 0o600));
  } catch (cause) {
    throw new StartError(`${file} cannot be written: run as the user it belongs to.`, { cause });
  }
  return file;
}

async function checkMasterKey({ call }: Client<Operations>, vault: Vault, where: string): Promise<void> {
  const check = await call("keyCheck", { keyId: vault.keyId, sealed: vault.makeCheck() });
  if (vault.opensCheck(check.sealed)) return;
  throw new StartError(
    `The secrets in ${where} are sealed by the master key ${check.keyId}, the one given is ${vault.keyId}: start with ` +
      "the key that the database was made with (BELFRY_MASTER_KEY or master.key).",
  );
}
