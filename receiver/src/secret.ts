// Secrets as Standard Webhooks 1.0.0 writes them: a prefix that names the kind, then base64. `whsec_` is shared and makes
// `v1` signatures; `whsk_` signs and `whpk_` verifies `v1a`. Errors never contain the secret.

import { publicHalf, publicKey, signingKey } from "./ed25519.ts";
import { sharedKey } from "./hmac.ts";
import type { Key } from "./key.ts";

/** A secret as text, or prepared once where it signs or verifies many messages. */
export type Secret = string | Key;

/** A source of random bytes that are fit for secrets. */
interface RandomBytes {
  bytes(size: number): Uint8Array;
}

/** Throws a TypeError for anything but a `whsec_…`, `whsk_…` or `whpk_…` secret, or a key that was prepared before. */
export function prepareSecret(secret: Secret): Key {
  if (typeof secret === "object" && secret !== null && "tag" in secret) return secret;
  if (typeof secret !== "string") {
    throw new TypeError(
      `A secret must be text; this one is of type ${typeof secret}. Is the variable that holds it set?`,
    );
  }
  if (secret.startsWith("whsec_")) return sharedKey(decode(secret));
  if (secret.startsWith("whpk_")) return publicKey(decode(secret));
  if (secret.startsWith("whsk_")) return signingKey(decode(secret));
  throw new TypeError("A secret must start with whsec_, whsk_ or whpk_. Copy it whole, with its prefix.");
}

/** Prepares one secret or a list, in the same order. Throws a TypeError for an empty list, too. */
export function prepareSecrets(secret: Secret | readonly Secret[]): readonly Key[] {
  const list = Array.isArray(secret) ? (secret as readonly Secret[]) : [secret as Secret];
  if (list.length === 0) throw new TypeError("The list of secrets is empty. Give at least one.");
  return list.map(prepareSecret);
}

/** A new shared secret of 32 bytes, `whsec_…`. */
export function newSecret(random: RandomBytes): string {
  return `whsec_${base64(random.bytes(32))}`;
}

/** A new ed25519 key for signing, `whsk_…`. Receivers get its public key: `publicKeyOf`. */
export function newSigningKey(random: RandomBytes): string {
  const seed = random.bytes(32);
  return `whsk_${base64(Buffer.concat([seed, publicHalf(seed)]))}`;
}

/** The `whpk_…` key that verifies what this `whsk_…` key signs. */
export function publicKeyOf(signingKey: string): string {
  if (!signingKey.startsWith("whsk_")) throw new TypeError("A signing key must start with whsk_.");
  return `whpk_${base64(publicHalf(decode(signingKey)))}`;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

function decode(secret: string): Buffer {
  const text = secret.slice(secret.indexOf("_") + 1);
  const bytes = Buffer.from(text, "base64");
  // Buffer skips what is not base64: without this check a mistyped secret would become another secret.
  if (withoutPadding(base64(bytes)) !== withoutPadding(text)) {
    throw new TypeError("After its prefix a secret must be base64. Copy it again, without spaces or quotes.");
  }
  return bytes;
}

function withoutPadding(text: string): string {
  return text.replace(/={1,2}$/, "");
}
