// Backups while the server runs: a copy of the database beside it, which the command fetches in pages, at its own pace and from
// wherever it runs. One at a time; a copy that nobody fetches any more is removed.

import { rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { BelfryError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import { diskSpace } from "./disk-space.ts";
import { databaseName } from "./master-key.ts";
import type { CopyFacts, Store } from "./store.ts";

export interface Backup {
  readonly id: string;
  readonly state: "copying" | "ready" | "failed";
  /** Epoch ms. What was acknowledged before is in it. */
  readonly startedAt: number;
  readonly copied: number;
  /** Size of the copy; while it is made, as far as known. */
  readonly bytes: number;
  /** Null until it is ready. */
  readonly facts: CopyFacts | null;
  /** Why it failed. */
  readonly error: string | null;
}

export interface Backups extends Service {
  /** Begins one. Throws INVALID where the store is not embedded, CONFLICT while there is another, UNAVAILABLE where the disk has no room for it. */
  create(id: string): Promise<Backup>;
  /** Null: there is none of this id, or no longer. */
  get(id: string): Backup | null;
  /** Bytes of the copy from an offset on, a page at most; none behind its end. Null: it is not ready, or no longer there. */
  read(id: string, offset: number): Promise<Uint8Array | null>;
  /** False: there is none of this id. */
  remove(id: string): boolean;
}

export const pageBytes = 1024 * 1024;
const keptMs = 10 * 60_000;
const ofDatabase =
  "A database of PostgreSQL is backed up with its own tools: see docs/deploy.md, Backup and restore. Keep a copy of the master key.";
const spareBytes = 64 * 1024 * 1024;

export interface BackupDeps {
  /** null: the database has tools of its own for it. */
  readonly copyTo: Store["copyTo"] | null;
  /** The data directory. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
}

interface Held {
  backup: Backup;
  removed: boolean;
  cancelExpiry: () => void;
}

export function createBackups({ copyTo, directory, clock, log }: BackupDeps): Backups {
  const file = join(directory, `${databaseName}.backup`);
  let held: Held | null = null;

  const removeFile = (): void => {
    for (const end of ["", "-journal"]) rmSync(`${file}${end}`, { force: true });
  };
  const find = (id: string): Held | null => (held !== null && held.backup.id === id && !held.removed ? held : null);

  /** The file of a copy that is being made goes when it is done. */
  const drop = (of: Held): void => {
    of.removed = true;
    of.cancelExpiry();
    if (of.backup.state === "copying") return;
    removeFile();
    held = null;
  };
  const keepOn = (of: Held): void => {
    of.cancelExpiry();
    of.cancelExpiry = clock.after(keptMs, () => {
      if (of.backup.state === "copying") keepOn(of);
      else drop(of);
    });
  };

  const copy = async (of: Held, copyTo: Store["copyTo"]): Promise<void> => {
    const change = (next: Partial<Backup>) => (of.backup = { ...of.backup, ...next });
    const { id } = of.backup;
    try {
      const facts = await copyTo(file, (copied, bytes) => change({ copied, bytes }));
      const { size } = statSync(file);
      change({ state: "ready", copied: size, bytes: size, facts });
      log.info("backup.copied", { backup: id, bytes: size }, "A backup is ready to be fetched.");
    } catch (error) {
      change({ state: "failed", error: error instanceof Error ? error.message : String(error) });
      log.error("backup.failed", { backup: id, err: error }, "The database could not be copied for a backup.");
    }
    if (of.removed) drop(of);
    else keepOn(of);
  };

  return {
    async start() {
      removeFile();
    },
    async stop() {
      // The store ends a copy that is being made when it is closed.
      if (held !== null) drop(held);
    },
    async create(id) {
      if (copyTo === null) throw new BelfryError("INVALID", ofDatabase);
      if (held?.backup.state === "failed") drop(held);
      if (held !== null) throw inUse(held.backup);
      const bytes = sizeOf(directory);
      const backup: Backup = {
        id,
        state: "copying",
        startedAt: clock.now(),
        copied: 0,
        bytes,
        facts: null,
        error: null,
      };
      const mine: Held = (held = { backup, removed: false, cancelExpiry: () => undefined });
      try {
        await assertRoom(directory, bytes);
      } catch (error) {
        held = null;
        throw error;
      }
      void copy(mine, copyTo);
      return backup;
    },
    get(id) {
      const of = find(id);
      if (of !== null) keepOn(of);
      return of?.backup ?? null;
    },
    async read(id, offset) {
      const of = find(id);
      if (of?.backup.state !== "ready") return null;
      keepOn(of);
      await using handle = await open(file, "r");
      const page = Buffer.allocUnsafe(Math.max(0, Math.min(pageBytes, of.backup.bytes - offset)));
      const { bytesRead } = await handle.read(page, 0, page.length, offset);
      return page.subarray(0, bytesRead);
    },
    remove(id) {
      const of = find(id);
      if (of === null) return false;
      drop(of);
      return true;
    },
  };
}

function inUse({ state, id }: Backup): BelfryError {
  return new BelfryError(
    "CONFLICT",
    state === "copying"
      ? "Another backup is being made: wait until it is done."
      : `The backup ${id} is being fetched. Wait, or remove it with DELETE /v1/backups/${id}.`,
  );
}

const sizeOf = (directory: string): number =>
  ["", "-wal"].reduce((sum, end) => {
    const stats = statSync(join(directory, `${databaseName}${end}`), { throwIfNoEntry: false });
    return sum + (stats?.size ?? 0);
  }, 0);

/** A copy that fills the disk would stop the server that it is made of. */
async function assertRoom(directory: string, bytes: number): Promise<void> {
  const { free } = await diskSpace(directory);
  if (free >= bytes + spareBytes) return;
  const mib = (count: number): number => Math.ceil(count / 1024 / 1024);
  throw new BelfryError(
    "UNAVAILABLE",
    `A backup needs ${mib(bytes + spareBytes)} MiB free in the data directory while it is made, and ${mib(free)} MiB are: make room.`,
  );
}
