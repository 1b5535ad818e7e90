// What an app asks of GET /oauth/authorize, judged. Until client and redirect are known to be good, nobody is sent anywhere: an
// answer to a bad address would make Belfry send people wherever a stranger likes.

import { isChallenge } from "../../../auth/pkce.ts";
import { isRedirectAllowed, outOfBand } from "../../../auth/redirects.ts";
import type { Parameters } from "./parameters.ts";

export interface AuthorizeRequest {
  readonly client: string;
  readonly redirect: string;
  readonly challenge: string;
  /** Given back letter by letter; null: there was none. */
  readonly state: string | null;
}

export type Judged =
  | { readonly kind: "good"; readonly request: AuthorizeRequest }
  /** Told to the person, since the app cannot be trusted or reached. */
  | { readonly kind: "shown"; readonly sentence: string; readonly detail?: string }
  /** Told to the app. */
  | { readonly kind: "sent"; readonly redirect: string; readonly state: string | null; readonly error: AppError };

export interface AppError {
  readonly error: string;
  readonly error_description: string;
}

/** `knows`: whether a client id is one. */
export async function judgeRequest(
  parameters: Parameters | null,
  redirects: readonly string[],
  knows: (client: string) => Promise<boolean>,
): Promise<Judged> {
  if (parameters === null) return { kind: "shown", sentence: "The app sent a parameter twice." };
  const client = parameters.get("client_id");
  if (client === undefined || !(await knows(client))) {
    const sentence = "The app did not name a client ID that Belfry knows. Enter belfry in the app as its client ID.";
    return { kind: "shown", sentence };
  }
  const redirect = parameters.get("redirect_uri") ?? outOfBand;
  if (!isRedirectAllowed(redirects, redirect)) {
    const sentence =
      "The app wants the code sent to an address that is not allowed here. The operator can add it to BELFRY_OAUTH_REDIRECTS:";
    return { kind: "shown", sentence, detail: redirect };
  }
  const state = parameters.get("state") ?? null;
  const error = errorOf(parameters);
  if (error !== null) return { kind: "sent", redirect, state, error };
  return { kind: "good", request: { client, redirect, challenge: parameters.get("code_challenge")!, state } };
}

function errorOf(parameters: Parameters): AppError | null {
  const type = parameters.get("response_type");
  const invalid = (error_description: string): AppError => ({ error: "invalid_request", error_description });
  if (type === undefined) return invalid("Missing required parameter: response_type.");
  if (type !== "code") {
    return { error: "unsupported_response_type", error_description: "The only response type is code." };
  }
  const challenge = parameters.get("code_challenge");
  if (challenge === undefined) return invalid("Code challenge is required.");
  // Left out, the method is plain [RFC 7636 §4.3].
  if (parameters.get("code_challenge_method") !== "S256") return invalid("The code_challenge_method must be S256.");
  if (!isChallenge(challenge)) return invalid("The code_challenge must be 43 characters of base64url.");
  if (parameters.get("prompt") === "none") {
    return { error: "login_required", error_description: "A person must sign in each time." };
  }
  return null;
}
