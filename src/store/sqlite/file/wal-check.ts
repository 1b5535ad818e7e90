// Checks the WAL before SQLite reads it. SQLite takes a WAL that was cut off, damaged or deleted as one that ends there, and
// what it held, acknowledged or not, would be gone without a word. The index beside it (-shm) outlives a process and knows how
// far the WAL went; the main file knows whether there must be one; and a WAL without an index may not have a hole. Layouts: https://www.sqlite.org/walformat.html and
// fileformat2.html §4.

import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { StartError } from "../../../errors.ts";
import { goOn } from "../failure.ts";

const walHeader = 32;
const frameHeader = 24;
const magic = 0x377f0682;

/** Throws a StartError when frames are missing that were committed and not yet copied into the main file. Returns whether the
 * index says how far the WAL must go; without it only a hole can be found, and the database must be checked. */
export function assertWalWhole(file: string): "whole" | "unsure" {
  const wal = `${file}-wal`;
  const known = readIndex(read(`${file}-shm`));
  const bytes = read(wal);
  if (bytes === null) return "whole";
  // A WAL that began anew after the index was written, as after a power cut, cannot be compared with it.
  const fits = known !== null && (!isHeaderWhole(bytes) || bytes.subarray(16, 24).equals(known.salt));
  if (fits && known.frames > known.copied) assertLength(wal, wholeFrames(bytes, known.frames), known.frames);
  if (known === null) assertNoHole(wal, bytes);
  return known === null ? "unsure" : "whole";
}

function assertLength(wal: string, whole: number, frames: number): void {
  if (whole >= frames) return;
  throw new StartError(
    `${wal} is damaged: it ends after ${whole} of ${frames} pages, and the acknowledged data after them is nowhere else. ` +
      `Put back the whole file, or restore a backup into a new directory. ${goOn}.`,
  );
}

/** One commit is synced before the next is written: a power cut leaves at most one that is torn, at the end. So whatever follows
 * another commit behind a damaged page was acknowledged. */
function assertNoHole(wal: string, bytes: Buffer): void {
  if (!isHeaderWhole(bytes)) return;
  const frameBytes = frameHeader + bytes.readUInt32BE(8);
  const frames = Math.floor((bytes.length - walHeader) / frameBytes);
  const whole = wholeFrames(bytes, frames);
  let afterCommit = false;
  for (let frame = whole; frame < frames; frame++) {
    const at = walHeader + frame * frameBytes;
    // Others are left from before the WAL began anew.
    if (bytes.compare(bytes, 16, 24, at + 8, at + 16) !== 0) continue;
    if (afterCommit) {
      throw new StartError(
        `${wal} is damaged after ${whole} of at least ${frame + 1} pages, and the acknowledged data after them is nowhere else. ` +
          `Put back the whole file, or restore a backup into a new directory. ${goOn}.`,
      );
    }
    afterCommit = bytes.readUInt32BE(at + 4) !== 0;
  }
}

export const walBytes = (file: string): number | null =>
  statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? null;

export const hasWal = (file: string): boolean => walBytes(file) !== null;

/** Throws a StartError when the file was not closed, so that there must be a WAL, and there is none. */
export function assertWalKept(database: DatabaseSync, file: string): void {
  if (isClosed(database)) return;
  throw new StartError(
    `${file}-wal is missing after a crash: what Belfry acknowledged last is nowhere else. Put back that file, or restore a ` +
      `backup into a new directory. ${goOn}.`,
  );
}

/** Whether the database says that its WAL was taken in, or had no owner yet. */
export function isClosed(database: DatabaseSync): boolean {
  if (database.prepare("select 1 from sqlite_schema where name = 'meta'").get() === undefined) return true;
  if (database.prepare("select 1 from migration where number >= 2").get() === undefined) return true;
  const meta = database.prepare("select value from meta where name = ?");
  const [epoch, closed] = ["epoch", "closed"].map((name) => meta.get(name)?.["value"]);
  return closed === epoch;
}

/** Tells the next start that nothing is lost although there is no WAL. */
export function acceptMissingWal(file: string): void {
  if (!hasWal(file)) closeSync(openSync(`${file}-wal`, "a", 0o600));
}

interface Index {
  /** Committed and fsynced frames of the WAL. */
  readonly frames: number;
  /** Frames that are in the main file already. */
  readonly copied: number;
  readonly salt: Uint8Array;
}

/** The index is in the byte order of the machine. Its header is there twice; equal copies were written completely. */
function readIndex(bytes: Buffer | null): Index | null {
  if (bytes === null || bytes.length < 136 || bytes[12] !== 1) return null;
  if (!bytes.subarray(0, 48).equals(bytes.subarray(48, 96))) return null;
  const words = new Uint32Array(new Uint8Array(bytes.subarray(0, 100)).buffer);
  return { frames: words[4]!, copied: words[24]!, salt: new Uint8Array(bytes.subarray(32, 40)) };
}

type Sum = readonly [number, number];

/** How many frames from the first on, at most `most`, have the right checksum. */
function wholeFrames(wal: Buffer, most: number): number {
  if (!isHeaderWhole(wal)) return 0;
  const bigEndian = (wal.readUInt32BE(0) & 1) === 1;
  const pageBytes = wal.readUInt32BE(8);
  const view = new DataView(wal.buffer, wal.byteOffset, wal.length);
  let sum: Sum = [wal.readUInt32BE(24), wal.readUInt32BE(28)];
  for (let frame = 0; frame < most; frame++) {
    const at = walHeader + frame * (frameHeader + pageBytes);
    if (at + frameHeader + pageBytes > wal.length) return frame;
    sum = checksum(view, at, 8, bigEndian, sum);
    sum = checksum(view, at + frameHeader, pageBytes, bigEndian, sum);
    const isWhole =
      wal.compare(wal, 16, 24, at + 8, at + 16) === 0 &&
      sum[0] === wal.readUInt32BE(at + 16) &&
      sum[1] === wal.readUInt32BE(at + 20);
    if (!isWhole) return frame;
  }
  return most;
}

function isHeaderWhole(wal: Buffer): boolean {
  if (wal.length < walHeader || (wal.readUInt32BE(0) & ~1) !== magic) return false;
  const view = new DataView(wal.buffer, wal.byteOffset, wal.length);
  const [first, second] = checksum(view, 0, 24, (wal.readUInt32BE(0) & 1) === 1, [0, 0]);
  return first === wal.readUInt32BE(24) && second === wal.readUInt32BE(28);
}

function checksum(view: DataView, from: number, length: number, bigEndian: boolean, [first, second]: Sum): Sum {
  let [a, b] = [first, second];
  for (let at = from; at < from + length; at += 8) {
    a = (a + view.getUint32(at, !bigEndian) + b) >>> 0;
    b = (b + view.getUint32(at + 4, !bigEndian) + a) >>> 0;
  }
  return [a, b];
}

function read(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
