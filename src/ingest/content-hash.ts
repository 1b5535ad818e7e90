// Tells whether two inputs with the same id say the same thing.

import { hash } from "node:crypto";

/** 48 bits in hex. It is compared with one other, that of the same id: a mistake of a sender goes unnoticed once in
 * 2^48 times. It is kept for every input, so its length counts. */
export function contentHash(text: string): string {
  return hash("sha256", text, "hex").slice(0, 12);
}
