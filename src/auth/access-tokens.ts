// Access tokens: JWT, HS256 and nothing else. A token only names a key; what the key may do is looked up at every
// request, so a revoked key takes its tokens with it.

import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import type { Random } from "../clock.ts";

export interface Tokens {
  /** `now` in epoch ms. */
  issue(clientId: string, now: number): string;
  /** The client id, or why not: `expired` tokens were once good, all else is `forged`. */
  verify(token: string, now: number): { readonly clientId: string } | "expired" | "forged";
}

/** Seconds. */
export const tokenLifetime = 24 * 3600;
const skew = 60;
const issuer = "belfry";

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const header = encode({ alg: "HS256", typ: "JWT" });

/** `tokenKey`: 32 bytes, derived from the master key for this use alone. */
export function createTokens(tokenKey: Uint8Array, random: Random): Tokens {
  const key = createSecretKey(tokenKey);
  const sign = (text: string): string => createHmac("sha256", key).update(text).digest("base64url");
  return {
    issue(clientId, now) {
      const iat = Math.floor(now / 1000);
      const jti = Buffer.from(random.bytes(16)).toString("base64url");
      const claims = encode({ iss: issuer, aud: issuer, sub: clientId, iat, exp: iat + tokenLifetime, jti });
      return `${header}.${claims}.${sign(`${header}.${claims}`)}`;
    },
    verify(token, now) {
      const [head, claims, signature, more] = token.split(".");
      if (claims === undefined || signature === undefined || more !== undefined) return "forged";
      // The header must be letter for letter ours: no other algorithm is ever looked at.
      if (head !== header || !sameText(signature, sign(`${head}.${claims}`))) return "forged";
      const { iss, aud, sub, iat, exp } = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<
        string,
        unknown
      >;
      const seconds = now / 1000;
      if (iss !== issuer || aud !== issuer || typeof sub !== "string") return "forged";
      if (typeof iat !== "number" || typeof exp !== "number" || iat > seconds + skew) return "forged";
      return seconds >= exp ? "expired" : { clientId: sub };
    },
  };
}

function sameText(a: string, b: string): boolean {
  const [given, expected] = [Buffer.from(a), Buffer.from(b)];
  return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
}
