// Keys of `v1a`: ed25519. The sender signs with a private key; receivers need only the public key. Raw bytes are wrapped in
// DER, which is what node:crypto reads.

import { createPrivateKey, createPublicKey, type KeyObject, sign as signWith, verify as verifyWith } from "node:crypto";
import type { Key } from "./key.ts";

const seedBytes = 32;
const publicBytes = 32;
const signatureBytes = 64;

/** A key that verifies, from its 32 raw bytes. Throws a TypeError for another number of bytes. */
export function publicKey(bytes: Uint8Array): Key {
  if (bytes.length !== publicBytes) {
    throw new TypeError(`A whpk_ key must hold ${publicBytes} bytes; this one holds ${bytes.length}.`);
  }
  return verifying(createPublicKey({ key: Buffer.concat([publicHeader, bytes]), format: "der", type: "spki" }));
}

/** A key that signs and verifies, from its 32-byte seed, alone or followed by its public key. Throws a TypeError for another
 * number of bytes, or when the public key does not belong to the seed. */
export function signingKey(bytes: Uint8Array): Key {
  const key = privateKey(bytes);
  return {
    ...verifying(createPublicKey(key)),
    sign: (head, body) => signWith(null, joined(head, body), key).toString("base64"),
  };
}

/** The 32 raw bytes of the public key. Takes and throws the same as `signingKey`. */
export function publicHalf(signingKey: Uint8Array): Buffer {
  return rawPublic(privateKey(signingKey));
}

function verifying(key: KeyObject): Key {
  return {
    tag: "v1a",
    sign: null,
    accepts(head, body, signatures) {
      const message = joined(head, body);
      return signatures.some((signature) => {
        const bytes = Buffer.from(signature, "base64");
        // Buffer skips what is not base64, so only the exact spelling counts.
        if (bytes.length !== signatureBytes || bytes.toString("base64") !== signature) return false;
        return verifyWith(null, message, key, bytes);
      });
    },
  };
}

const joined = (head: string, body: Uint8Array | string): Buffer =>
  Buffer.concat([Buffer.from(head), Buffer.from(body)]);

// What precedes the 32 bytes of an ed25519 key in DER [RFC 8410].
const privateHeader = Buffer.from("302e020100300506032b657004220420", "hex");
const publicHeader = Buffer.from("302a300506032b6570032100", "hex");

function privateKey(bytes: Uint8Array): KeyObject {
  if (bytes.length !== seedBytes && bytes.length !== seedBytes + publicBytes) {
    throw new TypeError(`A whsk_ key must hold 32 or 64 bytes; this one holds ${bytes.length}.`);
  }
  const der = Buffer.concat([privateHeader, bytes.subarray(0, seedBytes)]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  if (bytes.length > seedBytes && !rawPublic(key).equals(bytes.subarray(seedBytes))) {
    throw new TypeError("The two halves of this whsk_ key do not belong together. Copy the whole key again.");
  }
  return key;
}

function rawPublic(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: "der", type: "spki" }).subarray(publicHeader.length);
}
