// The key that signs the deliveries of a lane: the receiver package's own, with a cheaper way to the same HMAC-SHA256
// [RFC 2104] for shared secrets. `createHmac` makes a native object for every message; for a server that signs all day the
// garbage collector makes that 5 µs of a delivery's 80. Two one-shot hashes of node:crypto make none.

import { hash } from "node:crypto";
import { prepareSecret } from "../../../receiver/src/index.ts";

export type SigningKey = ReturnType<typeof prepareSecret>;

const blockBytes = 64;
const digestBytes = 32;
const scratchBytes = 65_536;

/** One message at a time: whoever signs is done with it before the call returns. */
let scratch: Buffer | null = null;

/** For a `whsec_…` or `whsk_…` secret. Throws what prepareSecret throws. */
export function signingKey(secret: string): SigningKey {
  const key = prepareSecret(secret);
  if (key.tag !== "v1") return key;
  return { ...key, sign: hmacSha256(Buffer.from(secret.slice(secret.indexOf("_") + 1), "base64")) };
}

/** The base64 of the code over `head` and the body. `key`: at most one block, which prepareSecret has checked. */
function hmacSha256(key: Uint8Array): NonNullable<SigningKey["sign"]> {
  const inner = padded(key, 0x36);
  // Memory of its own: a slice of Node's buffer pool would keep all of the pool.
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
    outer.write(hash("sha256", message.subarray(0, end), "binary"), blockBytes, "latin1");
    return hash("sha256", outer, "base64");
  };
}

const padded = (key: Uint8Array, byte: number): Buffer =>
  Buffer.alloc(blockBytes, byte).map((pad, index) => pad ^ (key[index] ?? 0)) as Buffer;
