// Keys as Standard Webhooks 1.0.0 writes them: `whsec_` is shared and makes `v1` signatures, `whsk_` signs and `whpk_`
// verifies `v1a`. A key knows its own tag, so nobody can offer a signature of one kind where another kind is expected.

import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as signWith,
  timingSafeEqual,
  verify as verifyWith,
} from "node:crypto";
import { hmacSha256 } from "./hmac.ts";

/** Tags of signatures: `v1` is HMAC-SHA256, `v1a` is ed25519. */
export type Tag = "v1" | "v1a";

/** A key ready for use, from `prepareSecret`. */
export interface Key {
  readonly tag: Tag;
  /** The base64 of the signature over `head` and the body. Null: a public key signs nothing. */
  readonly sign: ((head: string, body: Uint8Array | string) => string) | null;
  /** Whether one of these signatures, in base64 and without their tag, is right. */
  readonly fits: (head: string, body: Uint8Array | string, signatures: readonly string[]) => boolean;
}

/** A key as text, or prepared once where many messages are signed or verified with it. */
export type Secret = string | Key;

/** A source of chance that is fit for secrets. */
export interface Chance {
  bytes(size: number): Uint8Array;
}

const least = 24;
const most = 64;
const seedBytes = 32;

/** Throws a TypeError, without the secret in it, for text that is no `whsec_…`, `whsk_…` or `whpk_…`. */
export function prepareSecret(secret: Secret): Key {
  if (typeof secret !== "string") return secret;
  if (secret.startsWith("whsec_")) return sharedKey(decode(secret));
  if (secret.startsWith("whpk_")) return publicOnly(publicFrom(decode(secret)));
  if (secret.startsWith("whsk_")) return signingKey(privateFrom(decode(secret)));
  throw new TypeError("A signing secret starts with whsec_, whsk_ or whpk_.");
}

/** A new shared secret of 32 bytes, `whsec_…`. */
export function newSecret(chance: Chance): string {
  return `whsec_${Buffer.from(chance.bytes(32)).toString("base64")}`;
}

/** A new key that signs with ed25519, `whsk_…`: its seed, then its public key. Receivers get `publicKeyOf` it. */
export function newSigningKey(chance: Chance): string {
  const seed = chance.bytes(seedBytes);
  return `whsk_${Buffer.concat([seed, rawPublic(fromSeed(seed))]).toString("base64")}`;
}

/** The `whpk_…` that verifies what this `whsk_…` signs. */
export function publicKeyOf(signingKey: string): string {
  if (!signingKey.startsWith("whsk_")) throw new TypeError("A key that signs starts with whsk_.");
  return `whpk_${rawPublic(privateFrom(decode(signingKey))).toString("base64")}`;
}

function sharedKey(bytes: Buffer): Key {
  if (bytes.length < least || bytes.length > most) {
    throw new TypeError(`A signing secret holds ${least} to ${most} bytes.`);
  }
  const sign = hmacSha256(bytes);
  return {
    tag: "v1",
    sign,
    fits(head, body, signatures) {
      const wanted = Buffer.from(sign(head, body));
      let found = false;
      // No early exit: how long this takes does not say which signature was right.
      for (const signature of signatures) {
        const given = Buffer.from(signature);
        if (given.length === wanted.length && timingSafeEqual(given, wanted)) found = true;
      }
      return found;
    },
  };
}

function publicOnly(key: KeyObject): Key {
  return {
    tag: "v1a",
    sign: null,
    fits(head, body, signatures) {
      const message = whole(head, body);
      return signatures.some((signature) => {
        const bytes = Buffer.from(signature, "base64");
        // Only the one way to write a signature: what looks different is different.
        return bytes.toString("base64") === signature && bytes.length === 64 && verifyWith(null, message, key, bytes);
      });
    },
  };
}

function signingKey(key: KeyObject): Key {
  return {
    ...publicOnly(createPublicKey(key)),
    sign: (head, body) => signWith(null, whole(head, body), key).toString("base64"),
  };
}

const whole = (head: string, body: Uint8Array | string): Buffer =>
  Buffer.concat([Buffer.from(head), Buffer.from(body)]);

// What stands before the 32 bytes of an ed25519 key in DER [RFC 8410].
const privateHeader = Buffer.from("302e020100300506032b657004220420", "hex");
const publicHeader = Buffer.from("302a300506032b6570032100", "hex");

const fromSeed = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([privateHeader, seed]), format: "der", type: "pkcs8" });

const rawPublic = (key: KeyObject): Buffer =>
  createPublicKey(key).export({ format: "der", type: "spki" }).subarray(publicHeader.length);

/** The seed, alone or with the public key behind it. */
function privateFrom(bytes: Buffer): KeyObject {
  if (bytes.length !== seedBytes && bytes.length !== 64) throw new TypeError("A whsk_ key holds 32 or 64 bytes.");
  const key = fromSeed(bytes.subarray(0, seedBytes));
  if (bytes.length === 64 && !rawPublic(key).equals(bytes.subarray(seedBytes))) {
    throw new TypeError("The two halves of this whsk_ key do not belong together.");
  }
  return key;
}

function publicFrom(bytes: Buffer): KeyObject {
  if (bytes.length !== 32) throw new TypeError("A whpk_ key holds 32 bytes.");
  return createPublicKey({ key: Buffer.concat([publicHeader, bytes]), format: "der", type: "spki" });
}

function decode(text: string): Buffer {
  const base64 = text.slice(text.indexOf("_") + 1);
  const bytes = Buffer.from(base64, "base64");
  // Buffer skips what is not base64: a mistyped secret must not quietly become another one.
  if (unpadded(bytes.toString("base64")) !== unpadded(base64)) {
    throw new TypeError("A signing secret is its prefix followed by base64.");
  }
  return bytes;
}

function unpadded(base64: string): string {
  return base64.replace(/={1,2}$/, "");
}
