// Verifies a received message: signed by one of the secrets, and lately. Works on the raw bytes of the body, before
// anything parses them.

import { timingSafeEqual } from "node:crypto";
import { WebhookVerificationError } from "./error.ts";
import { prepareSecret, type Secret } from "./secret.ts";
import { digest } from "./sign.ts";

/** Headers as Node's http, fetch and most frameworks give them; names in any case. */
export type HeaderSource =
  | { get(name: string): string | null }
  | { readonly [name: string]: string | readonly string[] | undefined };

export interface Verification {
  readonly headers: HeaderSource;
  /** The raw body, as received. */
  readonly body: Uint8Array | string;
  /** The `whsec_…` secret, or several while one takes over from another. */
  readonly secret: Secret | readonly Secret[];
  /** How far the sender's clock may differ either way, in seconds, inclusive. Default 300. */
  readonly toleranceSeconds?: number;
  /** Now, in ms since 1970. Default: the system's clock. */
  readonly now?: number;
}

/** What a verified message says of itself. The id is the same on every attempt: use it to drop duplicates. */
export interface Verified {
  readonly id: string;
  /** Seconds since 1970 at which this attempt was signed; for the time of the event look into the payload. */
  readonly timestamp: number;
}

/** Throws WebhookVerificationError for a message not to be trusted, TypeError for a malformed secret. */
export function verify(verification: Verification): Verified {
  const { headers, body, secret, toleranceSeconds = 300, now = Date.now() } = verification;
  const id = header(headers, "webhook-id");
  const time = header(headers, "webhook-timestamp");
  const signatures = header(headers, "webhook-signature");
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
  if (!matches(signatures, `${id}.${time}.`, body, Array.isArray(secret) ? secret : [secret])) {
    throw new WebhookVerificationError("no_matching_signature", "No signature fits the body and the secret.");
  }
  return { id, timestamp };
}

function matches(signatures: string, head: string, body: Uint8Array | string, secrets: readonly Secret[]): boolean {
  const given: Buffer[] = [];
  for (const signature of signatures.split(" ")) {
    // Other tags (v1a and those to come) are not for this verifier.
    if (signature.startsWith("v1,")) given.push(Buffer.from(signature.slice(3)));
  }
  let found = false;
  for (const secret of secrets) {
    const wanted = Buffer.from(digest(prepareSecret(secret), head, body));
    // No early exit: how long this takes says nothing about which secret or signature was right.
    for (const one of given) {
      if (one.length === wanted.length && timingSafeEqual(one, wanted)) found = true;
    }
  }
  return found;
}

function header(headers: HeaderSource, name: string): string {
  const value = find(headers, name);
  if (value === undefined || value === null || value.length === 0) {
    throw new WebhookVerificationError("missing_header", `The ${name} header is missing.`);
  }
  if (typeof value === "string") return value;
  if (value.length === 1 && value[0] !== "") return value[0]!;
  throw new WebhookVerificationError("malformed_header", `The ${name} header is there more than once or empty.`);
}

function find(headers: HeaderSource, name: string): string | readonly string[] | null | undefined {
  if (typeof headers.get === "function") return headers.get(name);
  const record = headers as { readonly [name: string]: string | readonly string[] | undefined };
  const value = record[name];
  if (value !== undefined) return value;
  for (const key of Object.keys(record)) {
    if (key.toLowerCase() === name) return record[key];
  }
  return undefined;
}
