// belfry restore: makes a data directory of a backup. Checks every file first, and lets the numbers of the database go on above all
// that its original may have given out since.

import { statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { StartError } from "../errors.ts";
import type { CopyFacts } from "../store/copies.ts";
import { copyHashed } from "./backup/hashed-file.ts";
import { type BackupFile, type Manifest, readManifest } from "./backup/manifest.ts";
import { makeDirectory } from "./backup/new-directory.ts";
import { withExample } from "./example.ts";
import { CommandFailure } from "./failure.ts";
import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

interface RestoreOptions {
  readonly from: string;
  readonly data: string;
  readonly json?: true;
}

export function restoreCommand(program: Command, terminal: Terminal): void {
  withExample(program.command("restore"), "belfry restore --from ./belfry-backup --data ./belfry-restored")
    .description("make a data directory of a backup")
    .requiredOption("--from <dir>", "what `backup` has made")
    .requiredOption("--data <dir>", "data directory to make; it must be new or empty")
    .option("--json", "print what was restored as one JSON line")
    .action((options: RestoreOptions) => restore(options, terminal));
}

async function restore({ from, data, json }: RestoreOptions, terminal: Terminal): Promise<void> {
  const { databaseName, masterKeyName, newestSchema, operatorKeyName } = await import("../store/copies.ts");
  const manifest = readManifest(from, [databaseName, masterKeyName, operatorKeyName]);
  const has = (name: string): boolean => manifest.files.some((file) => file.name === name);
  if (!has(databaseName)) throw new CommandFailure(`${from} holds no ${databaseName}. Use another backup.`);
  if (manifest.schema > newestSchema()) {
    throw new CommandFailure(
      `${from} was made by Belfry ${printable(manifest.version)}, which is newer than this one: restore it with that release.`,
    );
  }
  const { numbers } = await makeDirectory(data, databaseName, async (draft) => {
    for (const file of manifest.files) await copyChecked(from, draft, file);
    if (has(masterKeyName)) await assertMasterKey(draft, manifest);
    return adopt(draft, from);
  });
  if (json) terminal.write(`${JSON.stringify({ directory: data, made_at: manifest.made_at, numbers })}\n`);
  else {
    terminal.write(
      `Restored ${printable(data)} as of ${printable(manifest.made_at)}. New deliveries are numbered from ${numbers.delivery + 1}, ` +
        `new integrations from ${numbers.next_number}.\nStart it with: ${terminal.command} serve --data ${printable(data)}\n`,
    );
  }
  if (!has(masterKeyName)) {
    terminal.note(
      `The backup has no key files: before the start put ${masterKeyName} (${manifest.master_key ?? "any"}) into ` +
        `${printable(data)}, or set BELFRY_MASTER_KEY; for a new operator key start once with --new-operator-key.\n`,
    );
  }
}

async function copyChecked(from: string, draft: string, { name, bytes, sha256 }: BackupFile): Promise<void> {
  const file = join(from, name);
  if (statSync(file, { throwIfNoEntry: false }) === undefined) {
    throw new CommandFailure(`${file} is missing, though the manifest names it. Use another backup.`);
  }
  const copied = await copyHashed(file, join(draft, name));
  if (copied.bytes === bytes && copied.sha256 === sha256) return;
  throw new CommandFailure(`${file} is not what was backed up: its length or its hash differs. Use another backup.`);
}

async function assertMasterKey(draft: string, manifest: Manifest): Promise<void> {
  const { masterKeyName, nameOfMasterKey } = await import("../store/copies.ts");
  if (nameOfMasterKey(draft) === manifest.master_key) return;
  throw new CommandFailure(`${masterKeyName} of this backup does not open its database. Use another backup.`);
}

/** The draft has a name that nobody knows; a complaint about it is one about the backup. */
async function adopt(draft: string, from: string): Promise<CopyFacts> {
  const { adoptCopy } = await import("../store/copies.ts");
  try {
    return adoptCopy(draft, systemClock);
  } catch (error) {
    if (error instanceof StartError) throw new CommandFailure(error.message.replaceAll(draft, from), { cause: error });
    throw error;
  }
}
