// The data directory: made at the first start, readable by its user alone. A directory that cannot be used is refused before
// anything in it is opened.

import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { syncDirectory } from "../private-file.ts";
import { StartError } from "../errors.ts";

/** Makes it with mode 0700 if it does not exist. Throws a StartError that says why it cannot be used. */
export function makeDirectory(directory: string): void {
  try {
    make(directory);
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = reasons[code ?? ""] ?? (cause as Error).message;
    throw new StartError(
      `${directory} cannot be the data directory: ${why}. Name another one with --data, or run as the user it belongs to.`,
      { cause },
    );
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "this user may not use it",
  EPERM: "this user may not use it",
  EROFS: "it is on a file system that is read-only",
  ENOENT: "it cannot be made there",
  ENOTDIR: "it is, or lies in, a file",
};

/** Syncs the parent directory: else a power cut could remove the new directory with everything in it. A parent that this user
 * may not read cannot be synced; then it is up to the file system. */
function outliveCut(directory: string): void {
  try {
    syncDirectory(dirname(directory));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM") throw error;
  }
}

/** One level at a time: Node's `recursive` mkdir never returns below /proc. */
function make(directory: string, mayClimb = true): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
    outliveCut(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") {
      if (statSync(directory).isDirectory()) return;
      throw Object.assign(new Error("it is a file", { cause: error }), { code: "ENOTDIR" });
    }
    if (code !== "ENOENT" || !mayClimb || dirname(directory) === directory) throw error;
    make(dirname(directory));
    make(directory, false);
  }
}
