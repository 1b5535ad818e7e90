// Small files that only their owner may read, such as keys. Each is there whole or not at all, however the process ends.

import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Replaces what was there. Throws what the file system says. */
export function replacePrivateFile(file: string, text: string): void {
  withDraft(file, text, (draft) => renameSync(draft, file));
}

/** False: there is one already, which stays as it is. Throws what the file system says. */
export function createPrivateFile(file: string, text: string): boolean {
  return withDraft(file, text, (draft) => {
    try {
      linkSync(draft, file);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST") return false;
      // Some file systems know no links.
      if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP") throw error;
      renameSync(draft, file);
      return true;
    }
  });
}

function withDraft<Result>(file: string, text: string, place: (draft: string) => Result): Result {
  const draft = `${file}.${process.pid}.draft`;
  // Whatever an earlier process of this number left may have another mode.
  rmSync(draft, { force: true });
  try {
    const handle = openSync(draft, "wx", 0o600);
    try {
      writeSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    const result = place(draft);
    syncDirectory(dirname(file));
    return result;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** What is named in it, too, must outlive a power cut. */
export function syncDirectory(directory: string): void {
  const handle = openSync(directory, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
