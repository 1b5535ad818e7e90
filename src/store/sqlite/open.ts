// Opens the embedded store: `openSqlite` with the engine and the history on threads of their own, `openSqliteInProcess`
// with both in the caller's thread. Directory, lock, master key and ports are the same for both.

import { closeSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import { StartError } from "../../errors.ts";
import { makeDirectory } from "../data-directory.ts";
import { databaseName } from "../master-key.ts";
import type { Ledger } from "../ledger.ts";
import type { Store } from "../store.ts";
import { createVault, type Vault } from "../vault.ts";
import type { Operations } from "./engine.ts";
import { damaged } from "./failure.ts";
import { keepWal } from "./file/database.ts";
import { type Lock, lockDirectory } from "./file/lock.ts";
import { Broken } from "./group-commit.ts";
import { runInProcess, type Running } from "./in-process.ts";
import { createHistory } from "./ports/history.ts";
import { createLedger } from "./ports/ledger.ts";
import { createRegistry } from "./ports/registry.ts";
import { createSignInStore } from "./ports/sign-ins.ts";
import type { Client } from "./thread/client.ts";
import { sealClearEndpoints } from "./seal-endpoints.ts";
import { startThreads } from "./thread/start.ts";

export interface SqliteOptions {
  /** Made with mode 0700 if it does not exist. */
  readonly directory: string;
  readonly masterKey: Uint8Array;
  readonly clock: Clock;
}

export interface InProcessOptions extends Omit<SqliteOptions, "directory"> {
  /** null: in memory. */
  readonly directory: string | null;
}

/** Starts engine and history on the file. Leaves in `opened` how each part is closed; the last part is closed first. */
type Run = (file: string, ownerEpoch: number, opened: AsyncDisposableStack) => Running | Promise<Running>;

/** Throws a StartError where the process must not start: a directory in use, a wrong master key, a foreign schema. */
export const openSqlite = (options: SqliteOptions): Promise<Store> => openStore(options, runOnThreads);

/** For tests. Throws like `openSqlite`. */
export const openSqliteInProcess = (options: InProcessOptions): Promise<Store> =>
  openStore(options, (file, ownerEpoch, opened) => runInProcess(file, ownerEpoch, options.clock, opened));

async function openStore({ directory, masterKey, clock }: InProcessOptions, run: Run): Promise<Store> {
  const file = directory === null ? ":memory:" : prepareFile(directory);
  const opened = new AsyncDisposableStack();
  try {
    const lock = directory === null ? null : lockDirectory(directory);
    opened.defer(() => lock?.release());
    const { writer, reader, broken } = await run(file, lock?.epoch ?? 0, opened);
    const vault = createVault(masterKey);
    await checkMasterKey(writer, vault, directory ?? "memory");
    await sealClearEndpoints(writer, vault);
    return {
      ledger: noteOwners(lock, createLedger(writer)),
      registry: createRegistry(writer, vault, clock),
      history: createHistory(reader),
      signIns: createSignInStore(writer),
      broken,
      close: () => opened.disposeAsync(),
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error instanceof Broken ? new StartError(`${file} cannot be used (${error.message}): ${damaged}.`) : error;
  }
}

async function runOnThreads(file: string, ownerEpoch: number, opened: AsyncDisposableStack): Promise<Running> {
  // Closed after every connection: a file that is closed once loses all locks that its process has on it.
  const handle = openSync(file, "r");
  opened.defer(() => closeSync(handle));
  const { writer, reader } = await startThreads({ file, epoch: ownerEpoch, handle }, opened);
  const walKeeper = keepWal(file);
  opened.defer(() => walKeeper.close());
  return { writer: writer.client, reader: reader.client, broken: Promise.race([writer.broken, reader.broken]) };
}

/** Also writes the epoch of each new owner outside the database, by which an older copy of it is recognized. */
function noteOwners(lock: Lock | null, ledger: Ledger): Ledger {
  return {
    ...ledger,
    async acquire(...given) {
      const owned = await ledger.acquire(...given);
      lock?.note(owned.epoch.number);
      return owned;
    },
  };
}

/** Makes directory and file, readable by this user alone. SQLite gives its other files the mode of this one. */
function prepareFile(directory: string): string {
  makeDirectory(directory);
  const file = join(directory, databaseName);
  const size = (name: string) => statSync(name, { throwIfNoEntry: false })?.size ?? 0;
  if (size(file) === 0 && size(`${file}-wal`) > 0) {
    throw new StartError(
      `${file} is missing, but its WAL ${file}-wal is there: put the file back, or a backup of the data directory.`,
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
