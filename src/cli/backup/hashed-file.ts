// Writes a private file piece by piece, and says how long it is and what its hash is.

import { createHash } from "node:crypto";
import { closeSync, createReadStream, openSync, writeSync } from "node:fs";
import { basename } from "node:path";
import type { BackupFile } from "./manifest.ts";

/** The file must not exist. Throws what the file system says. */
export async function writeHashed(file: string, pieces: AsyncIterable<Uint8Array>): Promise<BackupFile> {
  const hash = createHash("sha256");
  let bytes = 0;
  const handle = openSync(file, "wx", 0o600);
  try {
    for await (const piece of pieces) {
      hash.update(piece);
      for (let at = 0; at < piece.length; ) at += writeSync(handle, piece, at);
      bytes += piece.length;
    }
  } finally {
    closeSync(handle);
  }
  return { name: basename(file), bytes, sha256: hash.digest("hex") };
}

export const copyHashed = (from: string, to: string): Promise<BackupFile> =>
  writeHashed(to, createReadStream(from, { highWaterMark: 1024 * 1024 }));
