// Verifies a received message: signed with one of the keys, and lately. Works on the raw bytes of the body, before
// anything parses them.

import { WebhookVerificationError } from "./error.ts";
import { type HeaderSource, requiredHeader } from "./headers.ts";
import { prepareSecret, type Secret, type Tag } from "./secret.ts";

export interface Verification {
  readonly headers: HeaderSource;
  /** The raw body, as received. */
  readonly body: Uint8Array | string;
  /** The `whsec_…` secret or the sender's `whpk_…` public key, or several while one takes over from another. */
  readonly secret: Secret | readonly Secret[];
  /** How far the sender's clock may differ either way, in seconds, inclusive. Default 300. */
  readonly toleranceSeconds?: number | undefined;
  /** Now, in ms since 1970. Default: the system's clock. */
  readonly now?: number | undefined;
}

/** What a verified message says of itself. The id is the same on every attempt: use it to drop duplicates. */
export interface Verified {
  readonly id: string;
  /** Seconds since 1970 at which this attempt was signed; for the time of the event look into the payload. */
  readonly timestamp: number;
}

/** Signatures that are looked at; a sender has one for each key in use. */
const mostSignatures = 32;

/** Throws WebhookVerificationError for a message not to be trusted, TypeError for a malformed secret. */
export function verify(verification: Verification): Verified {
  const { headers, body, secret, toleranceSeconds = 300, now = Date.now() } = verification;
  const id = requiredHeader(headers, "webhook-id");
  const time = requiredHeader(headers, "webhook-timestamp");
  const signatures = requiredHeader(headers, "webhook-signature");
  if (id.includes(".")) {
    throw new WebhookVerificationError("malformed_header", "The webhook-id header has a full stop in it.");
  }
  if (!/^\d{1,15}$/.test(time)) {
    throw new WebhookVerificationError("malformed_header", "The webhook-timestamp header is not whole seconds.");
  }
  const timestamp = Number(time);
  const age = Math.floor(now / 1000) - timestamp;
  if (age > toleranceSeconds) {
    throw new WebhookVerificationError("timestamp_too_old", `The message was signed ${age} seconds ago.`);
  }
  if (-age > toleranceSeconds) {
    throw new WebhookVerificationError("timestamp_too_new", `The message was signed ${-age} seconds in the future.`);
  }
  const given = byTag(signatures);
  const head = `${id}.${time}.`;
  let found = false;
  // Every key looks only at signatures of its own kind, and all keys are tried: the time tells nothing.
  for (const one of Array.isArray(secret) ? (secret as readonly Secret[]) : [secret as Secret]) {
    const { tag, fits } = prepareSecret(one);
    if (given[tag].length > 0 && fits(head, body, given[tag])) found = true;
  }
  if (!found) {
    throw new WebhookVerificationError("no_matching_signature", "No signature fits the body and the secret.");
  }
  return { id, timestamp };
}

/** Tags that nobody here knows are for other verifiers. */
function byTag(signatures: string): Readonly<Record<Tag, readonly string[]>> {
  const given: Record<Tag, string[]> = { v1: [], v1a: [] };
  for (const signature of signatures.split(" ")) {
    const comma = signature.indexOf(",");
    const tag = signature.slice(0, comma);
    if ((tag === "v1" || tag === "v1a") && given[tag].length < mostSignatures)
      given[tag].push(signature.slice(comma + 1));
  }
  return given;
}
