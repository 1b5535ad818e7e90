// Tells whether two inputs with the same id say the same thing.

import { hash } from "node:crypto";
import { withoutSpace } from "./json-text.ts";

/** 48 bits in hex. It is compared with one other, that of the same id: a mistake of a sender goes unnoticed once in
 * 2^48 times. It is kept for every input, so its length counts. `json`: white space between its parts does not count. */
export function contentHash(json: string): string {
  return hash("sha256", withoutSpace(json), "hex").slice(0, 12);
}
