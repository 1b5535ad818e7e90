// Errors of PostgreSQL and of the way to it, sorted by what must follow from them.

import { BelfryError } from "../../errors.ts";
import { OwnershipLost } from "../ownership.ts";

/** `answer`: refuses one call, which has written nothing. `again`: the transaction met another one, and may work at once.
 * `away`: the database cannot be asked now. `fault`: a bug, or a value that no column takes. */
export type FailureKind = "answer" | "again" | "away" | "fault";

/** Serialization failure, deadlock. */
const againCodes = new Set(["40001", "40P01"]);
/** Classes of SQLSTATE: connection, resources (disk full, connections, memory), operator intervention (shutdown, cancelled),
 * system error; and single ones: lock timeout, idle in transaction, read-only. */
const awayClasses = new Set(["08", "53", "57", "58"]);
const awayCodes = new Set(["55P03", "25P03", "25006"]);
/** Of Node, and of the client where it has no code. */
const awayNames = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOENT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
]);
const awayMessages = /connection|timeout|client was closed|not queryable/i;

export function failureKind(error: unknown): FailureKind {
  if (error instanceof BelfryError || error instanceof OwnershipLost) return "answer";
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === "string") {
    if (againCodes.has(code)) return "again";
    if (awayCodes.has(code) || awayNames.has(code)) return "away";
    if (/^[0-9A-Z]{5}$/.test(code)) return awayClasses.has(code.slice(0, 2)) ? "away" : "fault";
  }
  return typeof message === "string" && awayMessages.test(message) ? "away" : "fault";
}

export function unavailable(cause: unknown): BelfryError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BelfryError("UNAVAILABLE", `The database cannot be used now (${reason}). Send it again in a moment.`, {
    cause,
  });
}
