// Tells whether two inputs with the same id say the same thing.

import { hash } from "node:crypto";

/** 128 bits in hex: enough to tell honest repeats from reused ids. */
export function contentHash(text: string): string {
  return hash("sha256", text, "hex").slice(0, 32);
}
