// Whether the write-ahead log is whole, asked before SQLite reads it. SQLite takes a log that was cut off, damaged or
// deleted for one that ends there, and whatever it held, acknowledged or not, is gone without a word. The index beside it
// (-shm) outlives a process and knows how far the log went; the main file knows whether there must be one. Layouts:
// https://www.sqlite.org/walformat.html and fileformat2.html §4.

import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { StartError } from "../../../errors.ts";

const logHeader = 32;
const frameHeader = 24;
const magic = 0x377f0682;

/** Throws a StartError when frames are missing that were committed and are not in the main file yet. */
export function assertWalWhole(file: string): void {
  const [log, index] = [`${file}-wal`, `${file}-shm`];
  const known = readIndex(read(index));
  const bytes = read(log);
  if (known === null || bytes === null || known.frames <= known.copied) return;
  // A log that began anew since the index was written, as after a loss of power, cannot be compared with it.
  if (isHeaderWhole(bytes) && !bytes.subarray(16, 24).equals(known.salt)) return;
  const whole = wholeFrames(bytes, known.frames);
  if (whole >= known.frames) return;
  throw new StartError(
    `${log} is damaged: it ends after ${whole} of ${known.frames} pages, and what was acknowledged after them is only there. ` +
      `Put back the whole file, or a backup of the data directory. To go on without what is lost, delete ${index}.`,
  );
}

export const hasWal = (file: string): boolean => statSync(`${file}-wal`, { throwIfNoEntry: false }) !== undefined;

/** Throws a StartError when the file was not closed, so that there must be a log, and there is none. `hadLog`: there was
 * one before the database was opened. */
export function assertWalKept(database: DatabaseSync, file: string, hadLog: boolean): void {
  if (hadLog || database.prepare("select 1 from sqlite_schema where name = 'meta'").get() === undefined) return;
  if (database.prepare("select 1 from migration where number >= 2").get() === undefined) return;
  const meta = database.prepare("select value from meta where name = ?");
  const [epoch, closed] = ["epoch", "closed"].map((name) => meta.get(name)?.["value"]);
  if (closed === epoch) return;
  throw new StartError(
    `${file}-wal is missing, and Belfry did not stop in order: what it acknowledged last is only there. Put back that file, ` +
      "or a backup of the data directory. To go on without what is lost, make an empty file of that name.",
  );
}

/** Nothing is lost although there is no log. */
export function acceptMissingWal(file: string): void {
  if (!hasWal(file)) closeSync(openSync(`${file}-wal`, "a", 0o600));
}

interface Index {
  /** Committed and fsynced frames of the log. */
  readonly frames: number;
  /** Those that are in the main file already. */
  readonly copied: number;
  readonly salt: Uint8Array;
}

/** The index is in the byte order of the machine; its header stands there twice, and equal copies were written whole. */
function readIndex(bytes: Buffer | null): Index | null {
  if (bytes === null || bytes.length < 136 || bytes[12] !== 1) return null;
  if (!bytes.subarray(0, 48).equals(bytes.subarray(48, 96))) return null;
  const words = new Uint32Array(new Uint8Array(bytes.subarray(0, 100)).buffer);
  return { frames: words[4]!, copied: words[24]!, salt: new Uint8Array(bytes.subarray(32, 40)) };
}

type Sum = readonly [number, number];

/** How many frames from the first on, at most `most`, are as they were written. */
function wholeFrames(log: Buffer, most: number): number {
  if (!isHeaderWhole(log)) return 0;
  const bigEndian = (log.readUInt32BE(0) & 1) === 1;
  const pageBytes = log.readUInt32BE(8);
  const view = new DataView(log.buffer, log.byteOffset, log.length);
  let sum: Sum = [log.readUInt32BE(24), log.readUInt32BE(28)];
  for (let frame = 0; frame < most; frame++) {
    const at = logHeader + frame * (frameHeader + pageBytes);
    if (at + frameHeader + pageBytes > log.length) return frame;
    sum = checksum(view, at, 8, bigEndian, sum);
    sum = checksum(view, at + frameHeader, pageBytes, bigEndian, sum);
    const isWhole =
      log.compare(log, 16, 24, at + 8, at + 16) === 0 &&
      sum[0] === log.readUInt32BE(at + 16) &&
      sum[1] === log.readUInt32BE(at + 20);
    if (!isWhole) return frame;
  }
  return most;
}

function isHeaderWhole(log: Buffer): boolean {
  if (log.length < logHeader || (log.readUInt32BE(0) & ~1) !== magic) return false;
  const view = new DataView(log.buffer, log.byteOffset, log.length);
  const [first, second] = checksum(view, 0, 24, (log.readUInt32BE(0) & 1) === 1, [0, 0]);
  return first === log.readUInt32BE(24) && second === log.readUInt32BE(28);
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
