// The vendors' own ways to sign in at a receiver, for deliveries that carry no signature, or beside one. All comparisons
// take the same time whatever was sent.

import { createHash, timingSafeEqual } from "node:crypto";
import { WebhookVerificationError } from "./error.ts";
import { header, type HeaderSource } from "./headers.ts";

export interface Credentials {
  /** The header that Butlr sends as `api_key`. Several values: any of them, while one takes over from another. */
  readonly apiKey?: { readonly header: string; readonly value: string | readonly string[] };
  /** What Butlr sends as `basic_auth`. */
  readonly basicAuth?: { readonly username: string; readonly password: string | readonly string[] };
  /** A parameter in the query of the URL that you subscribed with: all that ButterflyMX offers. */
  readonly urlToken?: { readonly parameter: string; readonly value: string | readonly string[] };
}

type Check = (headers: HeaderSource, url: string) => void;

/** One check for each that is configured; all of them must hold. Throws a TypeError for an empty secret. */
export function createChecks({ apiKey, basicAuth, urlToken }: Credentials): readonly Check[] {
  const checks: Check[] = [];
  if (apiKey !== undefined) {
    const name = apiKey.header.toLowerCase();
    const fits = oneOf(listed(apiKey.value));
    checks.push((headers) => demand(fits(header(headers, name) ?? ""), `The ${name} header is not the right one.`));
  }
  if (basicAuth !== undefined) {
    const { username, password } = basicAuth;
    const fits = oneOf(listed(password).map((each) => Buffer.from(`${username}:${each}`).toString("base64")));
    checks.push((headers) => {
      const [, given = ""] = /^basic +(\S+)$/i.exec(header(headers, "authorization") ?? "") ?? [];
      demand(fits(given), "The user name or password is not the right one.");
    });
  }
  if (urlToken !== undefined) {
    const fits = oneOf(listed(urlToken.value));
    checks.push((_headers, url) => {
      const given = new URLSearchParams(/\?([^#]*)/.exec(url)?.[1] ?? "").getAll(urlToken.parameter);
      demand(given.length === 1 && fits(given[0]!), `The parameter ${urlToken.parameter} is not the right one.`);
    });
  }
  return checks;
}

function listed(value: string | readonly string[]): readonly string[] {
  const values = typeof value === "string" ? [value] : value;
  if (values.length === 0 || values.some((each) => typeof each !== "string" || each === "")) {
    throw new TypeError("A credential is not empty.");
  }
  return values;
}

/** Hashes are of one length, so the comparison does not tell how long the right one is. */
function oneOf(values: readonly string[]): (given: string) => boolean {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  const wanted = values.map(hash);
  return (given) => {
    const one = hash(given);
    let found = false;
    for (const each of wanted) if (timingSafeEqual(one, each)) found = true;
    return found;
  };
}

function demand(fits: boolean, message: string): void {
  if (!fits) throw new WebhookVerificationError("bad_credentials", message);
}
