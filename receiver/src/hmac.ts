// HMAC-SHA256 of a message with a shared secret, by node:crypto.

import { createHmac, createSecretKey } from "node:crypto";

/** The base64 of the HMAC of `head` followed by the body. Text stands for its UTF-8 bytes. */
export function hmacSha256(secret: Uint8Array): (head: string, body: Uint8Array | string) => string {
  // With a KeyObject createHmac is five times as fast as with bytes. It is also a copy of its own: keeping a slice of
  // Node's buffer pool would keep the whole pool in memory.
  const key = createSecretKey(secret);
  return (head, body) => createHmac("sha256", key).update(head).update(body).digest("base64");
}
