// Compares secrets, and what proves them: takes the same time wherever the two differ, so that nobody finds one letter by letter.
// Their length is no secret.

import { timingSafeEqual } from "node:crypto";

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.byteLength === b.byteLength && timingSafeEqual(a, b);

export const sameText = (a: string, b: string): boolean => sameBytes(Buffer.from(a), Buffer.from(b));
