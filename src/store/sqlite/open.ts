// Opens the embedded store: `openSqlite` with the engine and the history on threads of their own, `openSqliteInProcess`
// with both in the caller's thread. Directory, lock, master key and ports are the same for both.

import { randomUUID } from "node:crypto";
import { closeSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import { StartError } from "../../errors.ts";
import { noChanges } from "../changes.ts";
import { makeDirectory } from "../data-directory.ts";
import { databaseName, operatorKeyName } from "../master-key.ts";
import { assertMasterKey, makeKeyCheck } from "../master-key-check.ts";
import type { Ledger } from "../ledger.ts";
import { createModelTexts } from "../model-texts.ts";
import type { Store } from "../store.ts";
import { createVault } from "../vault.ts";
import { damaged } from "./failure.ts";
import { keepWal } from "./file/database.ts";
import { type Lock, lockDirectory } from "./file/lock.ts";
import { readCopy } from "./read-copy.ts";
import { Broken } from "./group-commit.ts";
import type { Opening } from "./open-engine.ts";
import { runInProcess, type Running } from "./in-process.ts";
import { createHistory } from "./ports/history.ts";
import { createLedger } from "./ports/ledger.ts";
import { createRegistry, registryStatements } from "./ports/registry.ts";
import { createReplayStore } from "./ports/replays.ts";
import { createSignInStore } from "./ports/sign-ins.ts";
import { sealClearBridges, sealClearEndpoints } from "./seal-endpoints.ts";
import { startThreads } from "./thread/start.ts";

export interface SqliteOptions {
  /** Made with mode 0700 if it does not exist. */
  readonly directory: string;
  readonly masterKey: Uint8Array;
  readonly clock: Clock;
  /** Open the files although something is missing, or may be [file/copy-check.ts, wal-check.ts]. Default: false. */
  readonly asIs?: boolean;
}

export interface InProcessOptions extends Omit<SqliteOptions, "directory"> {
  /** null: in memory. */
  readonly directory: string | null;
  /** Calls and answers pass through the messages of the threads. Default: false. */
  readonly asMessages?: boolean;
}

/** Starts engine and history on the file. Leaves in `opened` how each part is closed; the last part is closed first. */
type Run = (opening: Opening, opened: AsyncDisposableStack) => Running | Promise<Running>;

/** Throws a StartError where the process must not start: a directory in use, a wrong master key, a foreign schema. */
export const openSqlite = (options: SqliteOptions): Promise<Store> => openStore(options, runOnThreads);

/** For tests. Throws like `openSqlite`. */
export const openSqliteInProcess = (options: InProcessOptions): Promise<Store> =>
  openStore(options, (opening, opened) => runInProcess(opening, options.clock, opened, options.asMessages));

async function openStore({ directory, masterKey, clock, asIs = false }: InProcessOptions, run: Run): Promise<Store> {
  const file = directory === null ? ":memory:" : prepareFile(directory);
  const opened = new AsyncDisposableStack();
  try {
    const lock = directory === null ? null : lockDirectory(directory, file);
    opened.defer(() => lock?.release());
    if (directory !== null && !asIs) assertDatabaseThere(directory, file);
    const isCopy = lock?.isCopy(file) ?? false;
    const { writer, reader, broken, copyTo } = await run({ file, ownerEpoch: lock?.epoch ?? 0, isCopy, asIs }, opened);
    const vault = createVault(masterKey);
    assertMasterKey(await writer.call("keyCheck", makeKeyCheck(vault)), vault, directory ?? "memory");
    lock?.adopt(file);
    await sealClearEndpoints(writer, vault);
    await createModelTexts(registryStatements(writer)).clear();
    await sealClearBridges(writer, vault);
    return {
      ledger: noteOwners(lock, createLedger(writer)),
      registry: createRegistry(writer, vault, clock),
      history: createHistory(reader, clock),
      signIns: createSignInStore(writer),
      replays: createReplayStore(writer),
      changes: noChanges,
      nodes: null,
      isRenumbered: isCopy || asIs,
      async copyTo(target, onProgress) {
        await writer.call("identify", randomUUID());
        await copyTo(target, onProgress);
        return readCopy(target);
      },
      broken,
      close: () => opened.disposeAsync(),
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error instanceof Broken ? new StartError(`${file} cannot be used (${error.message}): ${damaged}.`) : error;
  }
}

async function runOnThreads(opening: Opening, opened: AsyncDisposableStack): Promise<Running> {
  const { file } = opening;
  // Closed after every connection: a file that is closed once loses all locks that its process has on it.
  const handle = openSync(file, "r");
  opened.defer(() => closeSync(handle));
  const { writer, reader, copyTo } = await startThreads({ opening, handle }, opened);
  const walKeeper = keepWal(file);
  opened.defer(() => walKeeper.close());
  return { writer: writer.client, reader: reader.client, copyTo, broken: Promise.race([writer.broken, reader.broken]) };
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

/** The operator's key is kept once the database has it: without a database, that was lost. A master.key alone may have been put
 * there for a first start. */
function assertDatabaseThere(directory: string, file: string): void {
  if (sizeOf(file) > 0 || statSync(join(directory, operatorKeyName), { throwIfNoEntry: false })?.isFile() !== true)
    return;
  throw new StartError(
    `${directory} has the keys of a Belfry, but ${databaseName} is missing: put it back, or restore a backup into a new ` +
      "directory (belfry restore). To begin anew, choose another directory with --data.",
  );
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** Makes directory and file, readable by this user alone. SQLite gives its other files the mode of this one. */
function prepareFile(directory: string): string {
  makeDirectory(directory);
  const file = join(directory, databaseName);
  if (sizeOf(file) === 0 && sizeOf(`${file}-wal`) > 0) {
    throw new StartError(
      `${file} is missing, but its WAL ${file}-wal is there: put the file back, or restore a backup into a new directory.`,
    );
  }
  try {
    closeSync(openSync(file, "a", 0o600));
  } catch (cause) {
    throw new StartError(`${file} cannot be written: run as the user it belongs to.`, { cause });
  }
  return file;
}
