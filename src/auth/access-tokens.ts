// Access tokens: JWT, HS256 and nothing else. A token only names a key, and the sign-in that gave it; what the key may do, and
// whether both still count, is looked up at every request, so a revoked key takes its tokens with it.

import { createHmac, createSecretKey } from "node:crypto";
import type { Random } from "../clock.ts";
import { sameText } from "../same-secret.ts";

/** Which refresh of which sign-in gave a token. */
export interface TokenSource {
  readonly id: string;
  readonly generation: number;
}

export interface AccessToken {
  readonly clientId: string;
  /** Of this one token. */
  readonly id: string;
  /** null: given for a key's id and secret alone. */
  readonly signIn: TokenSource | null;
  /** Epoch seconds, like `expiresAt`. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export interface Tokens {
  /** `now` in epoch ms. */
  issue(clientId: string, now: number, signIn?: TokenSource): string;
  /** The token, or why not: `expired` tokens were once good, all else is `forged`. */
  verify(token: string, now: number): AccessToken | "expired" | "forged";
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
    issue(clientId, now, signIn) {
      const iat = Math.floor(now / 1000);
      const jti = Buffer.from(random.bytes(16)).toString("base64url");
      const source = signIn === undefined ? {} : { sid: signIn.id, gen: signIn.generation };
      const claims = encode({ iss: issuer, aud: issuer, sub: clientId, iat, exp: iat + tokenLifetime, jti, ...source });
      return `${header}.${claims}.${sign(`${header}.${claims}`)}`;
    },
    verify(token, now) {
      const [head, claims, signature, more] = token.split(".");
      if (claims === undefined || signature === undefined || more !== undefined) return "forged";
      // The header must be letter for letter ours: no other algorithm is ever looked at.
      if (head !== header || !sameText(signature, sign(`${head}.${claims}`))) return "forged";
      return read(claims, now / 1000);
    },
  };
}

/** Claims that bear our signature. */
function read(claims: string, seconds: number): AccessToken | "expired" | "forged" {
  const given = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, unknown>;
  const { iss, aud, sub, iat, exp, jti, sid, gen } = given;
  if (iss !== issuer || aud !== issuer || typeof sub !== "string" || typeof jti !== "string") return "forged";
  if (typeof iat !== "number" || typeof exp !== "number" || iat > seconds + skew) return "forged";
  if (seconds >= exp) return "expired";
  const token = { clientId: sub, id: jti, issuedAt: iat, expiresAt: exp };
  if (sid === undefined && gen === undefined) return { ...token, signIn: null };
  if (typeof sid !== "string" || typeof gen !== "number") return "forged";
  return { ...token, signIn: { id: sid, generation: gen } };
}
