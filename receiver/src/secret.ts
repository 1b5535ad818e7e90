// Signing secrets: `whsec_` and the base64 of 24 to 64 bytes [Standard Webhooks 1.0.0]. The key is what the base64 stands
// for, never the text itself.

import { createSecretKey, type KeyObject } from "node:crypto";

const prefix = "whsec_";
const minBytes = 24;
const maxBytes = 64;
const newBytes = 32;

/** A secret as text, or prepared once by `prepareSecret` where many messages are signed with it. */
export type Secret = string | KeyObject;

/** Throws a TypeError, without the secret in it, for text that is no `whsec_…` secret. */
export function prepareSecret(secret: Secret): KeyObject {
  if (typeof secret !== "string") return secret;
  if (!secret.startsWith(prefix)) throw new TypeError("A signing secret starts with whsec_.");
  const text = secret.slice(prefix.length);
  const key = Buffer.from(text, "base64");
  // Buffer skips what is not base64: a mistyped secret must not quietly become another one.
  if (unpadded(key.toString("base64")) !== unpadded(text)) {
    throw new TypeError("A signing secret is whsec_ followed by base64.");
  }
  if (key.length < minBytes || key.length > maxBytes) {
    throw new TypeError(`A signing secret holds ${minBytes} to ${maxBytes} bytes.`);
  }
  return createSecretKey(key);
}

/** A new secret of 32 bytes from a source of chance fit for secrets. */
export function newSecret(random: { bytes(size: number): Uint8Array }): string {
  return prefix + Buffer.from(random.bytes(newBytes)).toString("base64");
}

function unpadded(base64: string): string {
  return base64.replace(/={1,2}$/, "");
}
