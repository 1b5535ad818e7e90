// manifest.json of a backup: what is in it, of what it was made and when. A directory without one is no backup.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CommandFailure } from "../failure.ts";
import { asRecord } from "../json.ts";

export const manifestName = "manifest.json";
const format = 1;

export interface BackupFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Manifest {
  /** Of Belfry. */
  readonly version: string;
  /** Everything acknowledged before is in it; ISO 8601. */
  readonly made_at: string;
  /** Names the installation. */
  readonly store: string;
  readonly schema: number;
  /** Names the master key that opens its secrets; null: it has none. */
  readonly master_key: string | null;
  /** The last numbers given out. */
  readonly numbers: Readonly<Record<string, number>>;
  readonly files: readonly BackupFile[];
}

export const manifestText = (manifest: Manifest): string => `${JSON.stringify({ format, ...manifest }, null, 2)}\n`;

/** Throws a CommandFailure for a directory that is no backup, or one of a later form. `known`: names that files may have. */
export function readManifest(directory: string, known: readonly string[]): Manifest {
  const file = join(directory, manifestName);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new CommandFailure(
      `${file} cannot be read, so ${directory} is no backup made by \`belfry backup\`. The data directory of a stopped server ` +
        "needs no restore: copy it, and start on the copy.",
      { cause },
    );
  }
  const manifest = parsed(text);
  if (Number(manifest["format"]) > format) {
    throw new CommandFailure(`${file} was written by a newer Belfry: restore it with that one.`);
  }
  if (!isManifest(manifest, known)) {
    throw new CommandFailure(`${file} is damaged: it does not say what a backup holds. Use another backup.`);
  }
  return manifest;
}

function parsed(text: string): Record<string, unknown> {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return {};
  }
}

function isManifest(
  value: Record<string, unknown>,
  known: readonly string[],
): value is Record<string, unknown> & Manifest {
  const { version, made_at, store, schema, master_key, files } = value;
  return (
    [version, made_at, store].every((each) => typeof each === "string") &&
    Number.isSafeInteger(schema) &&
    (master_key === null || typeof master_key === "string") &&
    Array.isArray(files) &&
    files.map(asRecord).every(({ name, bytes, sha256 }) => {
      return known.includes(String(name)) && Number.isSafeInteger(bytes) && /^[0-9a-f]{64}$/.test(String(sha256));
    })
  );
}
