// Errors of the engine, sorted by what must follow from them, and their form between threads, which keeps their kind.

import { BelfryError, type ErrorCode, StartError } from "../../errors.ts";
import { OwnershipLost } from "../ownership.ts";

/** `answer`: refuses one call, which has written nothing. `busy`: nothing was written, and it may work later. `broken`: it is
 * not known what is on the disk. `fault`: a bug, or a value that no column takes. */
export type FailureKind = "answer" | "busy" | "broken" | "fault";

const busyCodes = new Set([5, 6, 13]); // BUSY, LOCKED, FULL
/** IOERR_SHMSIZE: the index of the WAL could not grow. It happens on a full disk, before anything is written. */
const fullIndex = 10 | (19 << 8);
const brokenCodes = new Set([7, 8, 10, 11, 14, 22, 26]); // NOMEM, READONLY, IOERR, CORRUPT, CANTOPEN, NOLFS, NOTADB

export function failureKind(error: unknown): FailureKind {
  if (error instanceof BelfryError || error instanceof OwnershipLost) return "answer";
  const code = (error as { readonly errcode?: unknown } | null)?.errcode;
  if (typeof code !== "number") return "fault";
  if (code === fullIndex) return "busy";
  const primary = code & 0xff;
  if (busyCodes.has(primary)) return "busy";
  return brokenCodes.has(primary) ? "broken" : "fault";
}

export function unavailable(cause: unknown): BelfryError {
  return new BelfryError(
    "UNAVAILABLE",
    "The store cannot write now: the disk is full or the file is held by another program. Free space and send it again.",
    { cause },
  );
}

/** An error of SQLite while a file is opened, as one that says what to do; other errors as they are. `whenDamaged`: what to do
 * about a damaged file. */
export function startFailure(error: unknown, file: string, whenDamaged: string): Error {
  const code = (error as { readonly errcode?: unknown } | null)?.errcode;
  if (typeof code !== "number") return error instanceof Error ? error : new Error(String(error));
  const reason = (error as Error).message;
  return new StartError(`${file} cannot be used (${reason}): ${remedies.get(code & 0xff) ?? whenDamaged}.`, {
    cause: error,
  });
}

/** What to do about a file that is not a database, or is damaged. */
export const damaged = "restore a backup into a new directory (belfry restore), or start with an empty one";

/** How to start although something is, or may be, missing. */
export const goOn = "To go on without what is missing, start once with --as-is";

const access = "give this user the right to write there, on a file system that is local and not read-only";
const remedies: ReadonlyMap<number, string> = new Map([
  [5, "stop the other program that holds it"], // BUSY
  [8, access], // READONLY
  [10, "make room on its disk, or check whether the disk is failing"], // IOERR
  [13, "make room on its disk"], // FULL
  [14, access], // CANTOPEN
]);

/** An error as it crosses between threads. */
export interface Carried {
  readonly name: string;
  readonly message: string;
  readonly code: string | null;
}

export function carry(error: unknown): Carried {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), code: null };
  const { name, message } = error;
  return { name, message, code: error instanceof BelfryError ? error.code : null };
}

export function revive({ name, message, code }: Carried): Error {
  if (name === "OwnershipLost") return new OwnershipLost(message);
  if (name === "BelfryError" && code !== null) return new BelfryError(code as ErrorCode, message);
  if (name === "StartError") return new StartError(message);
  return new Error(`${name}: ${message}`);
}
