// Codes and refresh tokens: the id of the sign-in, by which its row is found, and 32 random bytes. Only a keyed hash of them is
// kept, so neither the store nor a backup can give one away.

import { createHmac, createSecretKey } from "node:crypto";
import type { Random } from "../clock.ts";
import { base62 } from "./base62.ts";

type Use = "code" | "refresh";

export interface SignInSecrets {
  newId(): string;
  /** A new one for the sign-in with this id. */
  next(id: string, use: Use): { readonly id: string; readonly text: string; readonly hash: Uint8Array };
  /** The id that a text begins with; null: it is no code and no refresh token. */
  idOf(text: string): string | null;
  /** A code is no refresh token, whatever its text. */
  hash(use: Use, text: string): Uint8Array;
}

const form = /^([0-9A-Za-z]{22})[0-9A-Za-z]{43}$/;

export function createSecrets(secretKey: Uint8Array, random: Random): SignInSecrets {
  const key = createSecretKey(secretKey);
  const hash = (use: Use, text: string): Uint8Array => createHmac("sha256", key).update(`${use} ${text}`).digest();
  return {
    newId: () => base62(random.bytes(16), 22),
    next(id, use) {
      const text = id + base62(random.bytes(32), 43);
      return { id, text, hash: hash(use, text) };
    },
    idOf: (text) => form.exec(text)?.[1] ?? null,
    hash,
  };
}
