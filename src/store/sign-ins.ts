// Port: sign-ins of people and what they gave. Keeps keyed hashes of codes and refresh tokens, never the texts. Each operation is
// one transaction: of two that trade the same code, one only succeeds.

import type { CodeProof, SignIn } from "../model/sign-in.ts";
import type { AuditEntry } from "./registry.ts";

/** A fresh refresh token for the one that is traded. */
export interface Renewal {
  readonly hash: Uint8Array;
  /** Epoch ms. */
  readonly now: number;
  /** How long the sign-in lasts from now on, epoch ms. */
  readonly until: number;
}

/** `reused`: the sign-in has just ended. Else the sign-in as it is now. */
export type Trade = SignIn | "refused" | "reused";

/** Operations that write throw UNAVAILABLE while the disk is full. */
export interface SignInStore {
  /** `refreshHash`: of its first refresh token; null where a code comes first. */
  addSignIn(signIn: SignIn, refreshHash: Uint8Array | null, audit: AuditEntry): Promise<void>;
  /** null: it never was, or has ended. */
  signIn(id: string): Promise<SignIn | null>;
  redeemCode(id: string, codeHash: Uint8Array, proof: CodeProof, renewal: Renewal): Promise<Trade>;
  tradeRefreshToken(id: string, hash: Uint8Array, client: string, renewal: Renewal): Promise<Trade>;
  /** The generation of a refresh token, whether it still counts or not; null: there is none with this hash. */
  refreshGeneration(id: string, hash: Uint8Array): Promise<number | null>;
  /** The access token of this generation was used, so its refresh token has arrived. */
  noteUse(id: string, generation: number): Promise<void>;
  /** false: it had ended. */
  endSignIn(id: string, audit: AuditEntry): Promise<boolean>;
  /** Ends one access token that no sign-in gave, by its id. `until`: when it would end by itself, epoch ms. */
  revokeToken(id: string, until: number, audit: AuditEntry): Promise<void>;
  isTokenRevoked(id: string): Promise<boolean>;
}
