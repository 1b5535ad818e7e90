// Errors of PostgreSQL and of the way to it, sorted by what must follow from them.

import { BelfryError } from "../../errors.ts";
import { OwnershipLost } from "../ownership.ts";

/** `answer`: refuses one call, which has written nothing. `again`: the transaction met another one, or a change of the schema, and
 * may work at once.
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
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "ECONNABORTED",
]);
const awayMessages = /connection|timeout|client was closed|not queryable/i;

export function failureKind(error: unknown): FailureKind {
  if (error instanceof BelfryError || error instanceof OwnershipLost) return "answer";
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === "string") {
    if (againCodes.has(code) || isStale(error)) return "again";
    if (awayCodes.has(code) || awayNames.has(code)) return "away";
    if (/^[0-9A-Z]{5}$/.test(code)) return awayClasses.has(code.slice(0, 2)) ? "away" : "fault";
  }
  return typeof message === "string" && awayMessages.test(message) ? "away" : "fault";
}

/** What this connection has prepared is gone, or was made for the schema before the one of a newer release: another connection
 * prepares it anew. */
export function isStale(error: unknown): boolean {
  const { code, routine } = (error ?? {}) as { readonly code?: unknown; readonly routine?: unknown };
  return code === "26000" || (code === "0A000" && routine === "RevalidateCachedQuery");
}

export function unavailable(cause: unknown): BelfryError {
  return new BelfryError(
    "UNAVAILABLE",
    `The database cannot be used now (${reasonOf(cause)}). Send it again in a moment.`,
    { cause },
  );
}

/** Nobody knows whether the transaction was written: the database has not answered since for as long as was waited. */
export class MayBeWritten extends BelfryError {
  /** What PostgreSQL calls it. */
  readonly transaction: string;

  constructor(transaction: string, cause: unknown) {
    super(
      "UNAVAILABLE",
      "The database went away while this was written, so it may have been written. Send observations and events again with their ids, by which a repeat is recognized; look at anything else first.",
      { cause },
    );
    this.transaction = transaction;
  }
}

/** What PostgreSQL or the way to it said: of a name with several addresses, what the first of them did. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (error instanceof BelfryError && error.cause !== undefined) return reasonOf(error.cause);
  return error instanceof Error ? error.message || error.name : String(error);
}
