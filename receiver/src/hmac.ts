// Keys of `v1`: HMAC-SHA256 with a secret that sender and receiver share, by node:crypto.

import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import type { Key } from "./key.ts";

const leastBytes = 24;
const mostBytes = 64;

/** Throws a TypeError for a secret that is too short or too long for Standard Webhooks. */
export function sharedKey(secret: Uint8Array): Key {
  if (secret.length < leastBytes || secret.length > mostBytes) {
    throw new TypeError(
      `A whsec_ secret must hold ${leastBytes} to ${mostBytes} bytes; this one holds ${secret.length}.`,
    );
  }
  // With a KeyObject createHmac is five times as fast as with bytes. It is also a copy of its own: keeping a slice of
  // Node's buffer pool would keep the whole pool in memory.
  const key = createSecretKey(secret);
  const sign = (head: string, body: Uint8Array | string): string =>
    createHmac("sha256", key).update(head).update(body).digest("base64");
  return {
    tag: "v1",
    sign,
    accepts(head, body, signatures) {
      const expected = Buffer.from(sign(head, body));
      let found = false;
      // Constant time: timingSafeEqual, and no return inside the loop.
      for (const signature of signatures) {
        const given = Buffer.from(signature);
        if (given.length === expected.length && timingSafeEqual(given, expected)) found = true;
      }
      return found;
    },
  };
}
