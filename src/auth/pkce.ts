// Proof Key for Code Exchange, S256 only [RFC 7636]: the app shows the hash of a secret when it asks for a code, and the secret
// itself when it trades the code. `plain` would show the secret to whoever reads the address, and is refused.

import { createHash } from "node:crypto";

/** 32 bytes in base64url [RFC 7636 §4.2]. */
export const isChallenge = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);

/** [RFC 7636 §4.1] */
export const isVerifier = (text: string): boolean => /^[A-Za-z0-9._~-]{43,128}$/.test(text);

export const challengeOf = (verifier: string): string => createHash("sha256").update(verifier).digest("base64url");
