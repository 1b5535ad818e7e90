// Verifies a received message: signed with one of the keys, and recently. Needs the raw bytes of the body, before anything
// parses them.

import { WebhookVerificationError } from "./error.ts";
import { type HeaderSource, requiredHeader } from "./headers.ts";
import type { Tag } from "./key.ts";
import { prepareSecrets, type Secret } from "./secret.ts";

export interface Verification {
  readonly headers: HeaderSource;
  /** The raw body, as received. */
  readonly body: Uint8Array | string;
  /** The `whsec_…` secret or the sender's `whpk_…` public key; during a rotation a list of both old and new. */
  readonly secret: Secret | readonly Secret[];
  /** How many seconds the sender's clock may be behind or ahead, inclusive. Default 300. */
  readonly toleranceSeconds?: number | undefined;
  /** Current time, ms since 1970. Default: the system's clock. */
  readonly now?: number | undefined;
}

export interface Verified {
  /** The same on every attempt: use it to drop duplicates. */
  readonly id: string;
  /** When this attempt was signed, in seconds since 1970. The time of the event is in the payload. */
  readonly timestamp: number;
}

/** Signatures of each kind that are checked, so that a long header costs little. A sender has one per active key. */
const mostSignatures = 32;

/** Throws a WebhookVerificationError for a message that must not be trusted, a TypeError for a malformed secret. */
export function verify(verification: Verification): Verified {
  const { headers, body, secret, toleranceSeconds = 300, now = Date.now() } = verification;
  const id = requiredHeader(headers, "webhook-id");
  const time = requiredHeader(headers, "webhook-timestamp");
  const signatures = byTag(requiredHeader(headers, "webhook-signature"));
  if (id.includes(".")) {
    throw new WebhookVerificationError("malformed_header", "The webhook-id header must not contain a full stop.");
  }
  const timestamp = checkTime(time, Math.floor(now / 1000), toleranceSeconds);
  const head = `${id}.${time}.`;
  let found = false;
  // Every key is tried, and only on signatures of its own kind: the time taken does not tell which key matched.
  for (const key of prepareSecrets(secret)) {
    if (key.accepts(head, body, signatures[key.tag])) found = true;
  }
  if (!found) {
    throw new WebhookVerificationError("no_matching_signature", "No signature matches this secret and the raw body.");
  }
  return { id, timestamp };
}

/** Returns the timestamp as a number. `now`: seconds. */
function checkTime(time: string, now: number, tolerance: number): number {
  if (!/^\d{1,15}$/.test(time)) {
    throw new WebhookVerificationError("malformed_header", "The webhook-timestamp header must be whole seconds.");
  }
  const timestamp = Number(time);
  const age = now - timestamp;
  // Also refuses when `now` or `tolerance` is not a number.
  if (Math.abs(age) <= tolerance) return timestamp;
  throw age < 0
    ? new WebhookVerificationError(
        "timestamp_too_new",
        `The message was signed ${-age} s in the future; ${hint(tolerance)}`,
      )
    : new WebhookVerificationError("timestamp_too_old", `The message was signed ${age} s ago; ${hint(tolerance)}`);
}

const hint = (tolerance: number): string => `${tolerance} s are allowed. Check this machine's clock.`;

/** Signatures by their kind. Kinds that are not known here are ignored. */
function byTag(header: string): Readonly<Record<Tag, readonly string[]>> {
  const signatures: Record<Tag, string[]> = { v1: [], v1a: [] };
  for (const entry of header.split(" ")) {
    const comma = entry.indexOf(",");
    const tag = entry.slice(0, comma);
    if ((tag === "v1" || tag === "v1a") && signatures[tag].length < mostSignatures) {
      signatures[tag].push(entry.slice(comma + 1));
    }
  }
  return signatures;
}
