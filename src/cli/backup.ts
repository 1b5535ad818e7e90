// belfry backup: a whole copy of a running server in a directory: the database, the key files where they are at hand, and a
// manifest. Asks the server through the operator API, so it may run as another user or on another machine.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { belfryVariables } from "../config/variables.ts";
import { createPrivateFile } from "../private-file.ts";
import type { CopyFacts } from "../store/copies.ts";
import { StartError } from "../errors.ts";
import { version } from "../version.ts";
import { beginCopy, copyMade, type Fetching, mib, pagesOf } from "./backup/fetch-copy.ts";
import { copyHashed, writeHashed } from "./backup/hashed-file.ts";
import { type BackupFile, type Manifest, manifestName, manifestText } from "./backup/manifest.ts";
import { makeDirectory } from "./backup/new-directory.ts";
import { CommandFailure } from "./failure.ts";
import { withExample } from "./example.ts";
import { createOperatorClient, type ServerOptions, withServerOptions } from "./operator-client.ts";
import { printable } from "./printable.ts";
import { createProgress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

interface BackupOptions extends ServerOptions {
  readonly to: string;
  readonly withoutKeys?: boolean;
  readonly json?: true;
}

export function backupCommand(program: Command, terminal: Terminal): void {
  withExample(withServerOptions(program.command("backup")), "belfry backup --to ./belfry-backup")
    .description("copy a running server into a new directory; it goes on working meanwhile")
    .requiredOption("--to <dir>", "directory to make; it must be new or empty")
    .option("--without-keys", "leave out master.key and operator.key: keep them elsewhere, a restore needs master.key")
    .option("--json", "print the manifest as one JSON line")
    .action((options: BackupOptions) => backUp(options, terminal));
}

async function backUp({ to, withoutKeys = false, json, ...options }: BackupOptions, terminal: Terminal): Promise<void> {
  const progress = createProgress(terminal, systemClock, "backup", "MiB");
  const { interrupted } = terminal;
  const fetching: Fetching = {
    client: createOperatorClient(options, terminal),
    clock: systemClock,
    interrupted,
    progress,
  };
  const manifest = await makeDirectory(to, manifestName, async (draft) => {
    const { database, made, facts } = await fetchDatabase(draft, fetching, () => removeCopy(options, terminal));
    const data = options.data ?? belfryVariables(terminal.env)["BELFRY_DATA"] ?? "./belfry-data";
    const keyFiles = withoutKeys ? [] : await copyKeys(data, draft, facts);
    const { masterKey, store, schema, numbers } = facts;
    const files = [database, ...keyFiles];
    const manifest: Manifest = { version, made_at: made, store, schema, master_key: masterKey, numbers, files };
    createPrivateFile(join(draft, manifestName), manifestText(manifest));
    return manifest;
  }).finally(() => progress.end());
  if (json) terminal.write(`${JSON.stringify({ directory: to, ...manifest })}\n`);
  else
    terminal.write(`Backed up ${mib(manifest.files[0]!.bytes)} MiB, as of ${manifest.made_at}, to ${printable(to)}.\n`);
  if (manifest.files.length === 1) terminal.note(withoutKeysNote(!withoutKeys, manifest.master_key));
}

/** `remove`: gives the end of the copy on the server. It is removed there however this ends. */
async function fetchDatabase(
  draft: string,
  fetching: Fetching,
  remove: () => (id: string) => Promise<void>,
): Promise<{ readonly database: BackupFile; readonly made: string; readonly facts: CopyFacts }> {
  const { checkCopy, databaseName } = await import("../store/copies.ts");
  const id = await beginCopy(fetching);
  try {
    const copy = await copyMade(id, fetching);
    const file = join(draft, databaseName);
    const database = await writeHashed(file, pagesOf(copy, fetching));
    checkCopy(file);
    return { database, made: copy.startedAt, facts: copy.facts };
  } finally {
    await remove()(id);
  }
}

/** Also after Ctrl-C. A server that is gone removes it by itself. */
function removeCopy(options: ServerOptions, terminal: Terminal): (id: string) => Promise<void> {
  const client = createOperatorClient(options, { ...terminal, interrupted: new AbortController().signal });
  return async (id) => void (await client.send("DELETE", `/v1/backups/${id}`).catch(() => undefined));
}

/** Copies the key files of the data directory, if its master key is the one of this database. */
async function copyKeys(data: string, draft: string, { masterKey }: CopyFacts): Promise<readonly BackupFile[]> {
  const { masterKeyName, nameOfMasterKey, operatorKeyName } = await import("../store/copies.ts");
  const names = [masterKeyName, operatorKeyName].filter((name) => existsSync(join(data, name)));
  if (!names.includes(masterKeyName)) return [];
  try {
    if (nameOfMasterKey(data) !== masterKey) return [];
  } catch (error) {
    if (error instanceof StartError)
      throw new CommandFailure(`${error.message} Or use --without-keys.`, { cause: error });
    throw error;
  }
  return Promise.all(names.map((name) => copyHashed(join(data, name), join(draft, name))));
}

const withoutKeysNote = (wanted: boolean, masterKey: string | null): string =>
  `${wanted ? "master.key of this server is not at hand here, so the" : "The"} key files are not in the backup. Keep the master ` +
  `key ${masterKey ?? ""} (master.key, or BELFRY_MASTER_KEY) elsewhere: without it nobody can use a restored server.\n`;
