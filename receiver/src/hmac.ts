// HMAC-SHA256 [RFC 2104] out of two one-shot hashes. Node's own `createHmac` makes a native object for every message, which
// the garbage collector has to find again: in a server that signs all day it costs four times as much.

import * as crypto from "node:crypto";

const blockBytes = 64;
const digestBytes = 32;
const scratchBytes = 65_536;

/** Holds one message at a time; whoever signs is done with it when it returns. */
let scratch: Buffer | null = null;

/** The base64 of the code over `head` and the body, for a key of at most 64 bytes. */
export function hmacSha256(key: Uint8Array): (head: string, body: Uint8Array | string) => string {
  // Node before 20.12 has no one-shot hash.
  if (crypto.hash === undefined) return withObjects(key);
  const inner = padded(key, 0x36);
  // Memory of its own: a slice of the pool would keep the pool's 64 KiB for as long as the key lives.
  const outer = Buffer.allocUnsafeSlow(blockBytes + digestBytes);
  outer.set(padded(key, 0x5c));
  return (head, body) => {
    const most = blockBytes + (head.length + body.length) * 3;
    const message = most > scratchBytes ? Buffer.allocUnsafe(most) : (scratch ??= Buffer.allocUnsafeSlow(scratchBytes));
    let end = inner.copy(message);
    if (typeof body === "string") end += message.write(head + body, end);
    else {
      end += message.write(head, end);
      message.set(body, end);
      end += body.length;
    }
    outer.write(crypto.hash("sha256", message.subarray(0, end), "binary"), blockBytes, "latin1");
    return crypto.hash("sha256", outer, "base64");
  };
}

function padded(key: Uint8Array, byte: number): Buffer {
  if (key.length > blockBytes) throw new TypeError(`A key of HMAC-SHA256 has at most ${blockBytes} bytes here.`);
  return Buffer.alloc(blockBytes, byte).map((pad, index) => pad ^ (key[index] ?? 0)) as Buffer;
}

function withObjects(key: Uint8Array): (head: string, body: Uint8Array | string) => string {
  const prepared = crypto.createSecretKey(key);
  return (head, body) => crypto.createHmac("sha256", prepared).update(head).update(body).digest("base64");
}
