// Finds the master key: in the environment, else in a file beside the database. The file is made at the first start only.

import { closeSync, existsSync, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Random, systemRandom } from "../clock.ts";
import { SettingError, StartError } from "../errors.ts";
import { createPrivateFile } from "../private-file.ts";
import { makeDirectory } from "./data-directory.ts";
import { keyBytes } from "./vault.ts";

/** Name of the embedded store's file in the data directory. */
export const databaseName = "belfry.sqlite";
export const masterKeyName = "master.key";
/** The operator's key beside it: kept by the server, once its database knows it. */
export const operatorKeyName = "operator.key";

/** `environmentValue`: of BELFRY_MASTER_KEY. Throws a SettingError if that is malformed, and a StartError for a key file that is
 * malformed, readable by other users, or missing beside a database that was made with it. */
export function loadMasterKey(
  environmentValue: string | undefined,
  directory: string,
  random: Random = systemRandom,
): Uint8Array {
  if (environmentValue !== undefined && environmentValue !== "") {
    const key = decode(environmentValue);
    if (key === null) throw new SettingError(malformed("BELFRY_MASTER_KEY"));
    return key;
  }
  makeDirectory(directory);
  const file = join(directory, masterKeyName);
  if (existsSync(file)) return readKey(file);
  if (existsSync(join(directory, databaseName))) {
    throw new StartError(
      `${directory} has a database but no ${masterKeyName}: set BELFRY_MASTER_KEY or put the key file back. A new key could ` +
        "not open the secrets that are stored there.",
    );
  }
  return makeKey(file, random.bytes(keyBytes));
}

function readKey(file: string): Uint8Array {
  const handle = openKey(file);
  try {
    const { mode } = fstatSync(handle);
    if ((mode & 0o077) !== 0) {
      throw new StartError(`${file} can be read by other users of this machine: run chmod 600 ${file}.`);
    }
    const key = decode(readFileSync(handle, "utf8").trim());
    if (key === null) throw new StartError(malformed(file));
    return key;
  } finally {
    closeSync(handle);
  }
}

function openKey(file: string): number {
  try {
    return openSync(file, "r");
  } catch (cause) {
    throw new StartError(`${file} cannot be read: run as the user it belongs to.`, { cause });
  }
}

/** If another process makes the file at the same moment, its key is used. */
function makeKey(file: string, key: Uint8Array): Uint8Array {
  try {
    const made = createPrivateFile(file, `${Buffer.from(key).toString("base64")}\n`);
    return made ? key : readKey(file);
  } catch (cause) {
    if (cause instanceof StartError) throw cause;
    throw new StartError(`${file} cannot be written: ${(cause as Error).message}. Make room for it and start again.`, {
      cause,
    });
  }
}

/** Null: not the base64 of as many bytes as a key has. */
function decode(text: string): Uint8Array | null {
  const key = Buffer.from(text, "base64");
  // Node skips characters that are not base64, so the text must equal the bytes written again.
  const same = key.toString("base64").replace(/=+$/, "") === text.replace(/=+$/, "");
  return same && key.length === keyBytes ? key : null;
}

const malformed = (source: string): string =>
  `${source} must be base64 of exactly ${keyBytes} bytes; make one with: openssl rand -base64 32`;
