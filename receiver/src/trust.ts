// Whom a receiver trusts: its options, checked once at the start, as two steps for each request.

import { createChecks, type Credentials } from "./credentials.ts";
import { header, type HeaderSource } from "./headers.ts";
import { prepareSecrets, type Secret } from "./secret.ts";
import { verify } from "./verify.ts";

export interface TrustOptions extends Credentials {
  /** The `whsec_…` secret or the `whpk_…` public key of the subscription; during a rotation a list of both old and new. */
  readonly secret?: Secret | readonly Secret[] | undefined;
  /** True accepts requests from anybody. For trying things out. */
  readonly unverified?: boolean;
  /** How many seconds the sender's clock may be behind or ahead. Default 300. */
  readonly toleranceSeconds?: number;
  /** Current time, ms since 1970. Default: the system's clock. */
  readonly now?: () => number;
}

/** Both steps throw a WebhookVerificationError for a request that must not be trusted. */
export interface Trust {
  /** The first step, before the body is read. */
  checkCredentials(headers: HeaderSource, url: string): void;
  /** The second step. Returns the `webhook-id`, or null when there is none and signatures are not used. */
  checkSignature(headers: HeaderSource, body: Uint8Array): string | null;
}

/** Throws a TypeError for a malformed option, and when no option says whom to trust. */
export function createTrust(options: TrustOptions): Trust {
  for (const name of ["secret", "apiKey", "basicAuth", "urlToken"] as const) {
    // An environment variable that is not set must not silently remove a check.
    if (name in options && options[name] === undefined) {
      throw new TypeError(`The option ${name} is undefined. Set it, or leave it out.`);
    }
  }
  const { toleranceSeconds = 300, now = Date.now } = options;
  if (!(toleranceSeconds >= 0)) throw new TypeError("toleranceSeconds must be a number of seconds, 0 or more.");
  const keys = options.secret === undefined ? null : prepareSecrets(options.secret);
  const checks = createChecks(options);
  if (keys === null && checks.length === 0 && options.unverified !== true) {
    throw new TypeError("No option says whom to trust. Give secret, apiKey, basicAuth or urlToken.");
  }
  return {
    checkCredentials(headers, url) {
      for (const check of checks) check(headers, url);
    },
    checkSignature(headers, body) {
      if (keys === null) return header(headers, "webhook-id");
      return verify({ headers, body, secret: keys, toleranceSeconds, now: now() }).id;
    },
  };
}
