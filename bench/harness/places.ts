// What a bench has opened and must close again, whatever happens: directories and processes.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const open: (() => unknown)[] = [];

/** The returned function forgets it again. */
export function atEnd(close: () => unknown): () => void {
  open.push(close);
  return () => {
    const at = open.indexOf(close);
    if (at !== -1) open.splice(at, 1);
  };
}

/** A new directory that is removed at the end. */
export function makePlace(): string {
  const place = mkdtempSync(join(tmpdir(), "belfry-bench-"));
  atEnd(() => rmSync(place, { recursive: true, force: true }));
  return place;
}

/** Runs a bench and leaves nothing behind. */
export async function run(bench: () => Promise<void>): Promise<void> {
  const interrupted = (): void => void closeAll().then(() => process.exit(130));
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  process.once("uncaughtException", (error) => {
    console.error(error);
    void closeAll().then(() => process.exit(1));
  });
  try {
    await bench();
  } finally {
    await closeAll();
  }
  // Sockets of a baseline may still be open.
  process.exit(process.exitCode ?? 0);
}

async function closeAll(): Promise<void> {
  for (const close of open.splice(0).toReversed()) await close();
}
