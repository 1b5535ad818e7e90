// A directory that a command makes whole or not at all: everything is written beside it, synced, and only then gets its name.

import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { syncDirectory } from "../../private-file.ts";
import { CommandFailure } from "../failure.ts";

/** `fill` writes into the directory that it is given; files in it are synced here. `last`: the file that makes it whole; it comes
 * last where the directory exists, is empty, and so cannot be replaced (as where a disk is mounted there). Throws a
 * CommandFailure, and leaves nothing behind, where there is something already or `fill` throws. */
export async function makeDirectory<Result>(
  path: string,
  last: string,
  fill: (draft: string) => Promise<Result>,
): Promise<Result> {
  try {
    return await makeWhole(resolve(path), path, last, fill);
  } catch (error) {
    throw isOfFiles(error) ? new CommandFailure(`${path} was not made: ${error.message}.`, { cause: error }) : error;
  }
}

async function makeWhole<Result>(
  target: string,
  path: string,
  last: string,
  fill: (draft: string) => Promise<Result>,
): Promise<Result> {
  const exists = isEmptyDirectory(target, path);
  const draft = join(exists ? target : dirname(target), `.${basename(target)}.${process.pid}.unfinished`);
  try {
    mkdirSync(dirname(draft), { recursive: true, mode: 0o700 });
    mkdirSync(draft, { mode: 0o700 });
    const result = await fill(draft);
    for (const name of readdirSync(draft)) sync(join(draft, name));
    syncDirectory(draft);
    if (exists) move(draft, target, last);
    else renameSync(draft, target);
    syncDirectory(exists ? target : dirname(target));
    return result;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** The file system refused something: a full disk, a file that this user may not read. */
const isOfFiles = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && (error as NodeJS.ErrnoException).syscall !== undefined;

/** False: there is nothing of that name. */
function isEmptyDirectory(target: string, path: string): boolean {
  const stats = statSync(target, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  if (!stats.isDirectory()) throw new CommandFailure(`${path} is a file: name a directory that is new or empty.`);
  if (readdirSync(target).length > 0) {
    throw new CommandFailure(`${path} is not empty: name a directory that is new or empty. Nothing was written.`);
  }
  return true;
}

function move(from: string, to: string, last: string): void {
  const names = readdirSync(from).toSorted((one, other) => Number(one === last) - Number(other === last));
  for (const name of names) {
    if (name === last) syncDirectory(to);
    renameSync(join(from, name), join(to, name));
  }
}

function sync(file: string): void {
  const handle = openSync(file, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
