// The sign-in of a person: what one consent, or one password grant, gave to an app. Pure rules of when a code or a refresh token
// still counts [OAuth 2.1 draft §4.1.3, §4.3.1]; store and auth ask them, and no other.

/** Everything that one consent gave: its code, access tokens and refresh tokens end together. */
export interface SignIn {
  /** Random; begins its code and its refresh tokens, so that they can be found. */
  readonly id: string;
  /** The person's key, which decides what the app may see. */
  readonly key: string;
  /** The app: `belfry`, or the id of a key. */
  readonly client: string;
  /** Where the code was sent, letter by letter; null, like the challenge: there was no code. */
  readonly redirect: string | null;
  /** PKCE, S256. */
  readonly challenge: string | null;
  readonly codeHash: Uint8Array | null;
  /** The code was traded for tokens. */
  readonly redeemed: boolean;
  /** Refreshes so far. */
  readonly generation: number;
  /** The newest generation whose access token was used. */
  readonly used: number;
  /** Epoch ms, like `until`. */
  readonly createdAt: number;
  /** The code, later the refresh tokens, count until then. */
  readonly until: number;
}

/** What comes with a code. `challenge` is made from the verifier. */
export interface CodeProof {
  readonly client: string;
  readonly redirect: string;
  readonly challenge: string;
}

/** `reused`: somebody else has it too, so the sign-in must end. `refused`: nothing changes. */
export type Verdict = "good" | "refused" | "reused";

/** Whether a code, whose hash was found right, may be traded. A wrong proof leaves it to its owner: a code alone is worth
 * nothing. */
export function judgeCode(signIn: SignIn, proof: CodeProof, now: number): Verdict {
  if (signIn.redeemed) return "reused";
  const fits =
    signIn.client === proof.client && signIn.redirect === proof.redirect && signIn.challenge === proof.challenge;
  return fits && now < signIn.until ? "good" : "refused";
}

/** Whether a refresh token of this generation may be traded. The one before the newest still may until the newest access token
 * was used: its client has not heard the answer, or has not stored it [clients.md §2.2a]. */
export function judgeRefreshToken(signIn: SignIn, generation: number, client: string, now: number): Verdict {
  if (signIn.client !== client || !signIn.redeemed || now >= signIn.until) return "refused";
  const unheard = generation === signIn.generation - 1 && signIn.used < signIn.generation;
  return generation === signIn.generation || unheard ? "good" : "reused";
}
