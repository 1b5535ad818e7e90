// What can go wrong in the engine, sorted by what must follow, and carried over a thread's border without losing its kind.

import { BelfryError, type ErrorCode, StartError } from "../../errors.ts";
import { OwnershipLost } from "../ledger.ts";

/** `answer`: said to one caller, before anything was written. `busy`: nothing was written, later it may work.
 * `broken`: nobody knows what is on the disk. `fault`: a bug or a value that no column takes. */
export type FailureKind = "answer" | "busy" | "broken" | "fault";

const busyCodes = new Set([5, 6, 13]); // BUSY, LOCKED, FULL
/** The index of the log could not grow, which happens before anything is written: IOERR_SHMSIZE, a full disk by another name. */
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
