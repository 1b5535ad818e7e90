// How much room the data directory has and its database takes. Looked at when somebody asks, never in the path of a delivery.

import { stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { databaseName } from "./master-key.ts";

/** All in bytes. */
export interface DiskSpace {
  /** That this process may still use. */
  readonly free: number;
  /** Of the whole file system. */
  readonly size: number;
  /** The database without its WAL. */
  readonly database: number;
  readonly wal: number;
}

/** Throws what the file system throws where the directory cannot be looked at. A file that is not there has 0 bytes. */
export async function diskSpace(directory: string): Promise<DiskSpace> {
  const file = join(directory, databaseName);
  const [{ bavail, blocks, bsize }, database, wal] = await Promise.all([
    statfs(directory),
    sizeOf(file),
    sizeOf(`${file}-wal`),
  ]);
  return { free: bavail * bsize, size: blocks * bsize, database, wal };
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}
