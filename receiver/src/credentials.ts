// Checks how the vendors themselves authenticate to a receiver: an API key, basic authentication or a token in the URL.
// Comparison takes the same time for any input.

import { createHash, timingSafeEqual } from "node:crypto";
import { WebhookVerificationError } from "./error.ts";
import { header, type HeaderSource } from "./headers.ts";

export interface Credentials {
  /** The header that Butlr sends as `api_key`. Of several values any is accepted, for rotations. */
  readonly apiKey?: { readonly header: string; readonly value: string | readonly string[] };
  /** The user name and password that Butlr sends as `basic_auth`. */
  readonly basicAuth?: { readonly username: string; readonly password: string | readonly string[] };
  /** A parameter in the query of the URL that you subscribed with. ButterflyMX offers nothing else. */
  readonly urlToken?: { readonly parameter: string; readonly value: string | readonly string[] };
}

/** Throws a WebhookVerificationError for a request that must not be trusted. */
type Check = (headers: HeaderSource, url: string) => void;

/** One check per configured credential; all must pass. Throws a TypeError for an empty value. */
export function createChecks({ apiKey, basicAuth, urlToken }: Credentials): readonly Check[] {
  const checks: Check[] = [];
  if (apiKey !== undefined) checks.push(apiKeyCheck(apiKey));
  if (basicAuth !== undefined) checks.push(basicAuthCheck(basicAuth));
  if (urlToken !== undefined) checks.push(urlTokenCheck(urlToken));
  return checks;
}

function apiKeyCheck({ header: given, value }: NonNullable<Credentials["apiKey"]>): Check {
  const name = given.toLowerCase();
  const isExpected = oneOf(listOf(value, "apiKey.value"));
  return (headers) => demand(isExpected(header(headers, name) ?? ""), `The ${name} header is missing or wrong.`);
}

function basicAuthCheck({ username, password }: NonNullable<Credentials["basicAuth"]>): Check {
  const pairs = listOf(password, "basicAuth.password").map((each) => `${username}:${each}`);
  const isExpected = oneOf(pairs.map((pair) => Buffer.from(pair).toString("base64")));
  return (headers) => {
    const [, pair = ""] = /^basic +(\S+)$/i.exec(header(headers, "authorization") ?? "") ?? [];
    demand(isExpected(pair), "The user name or password of basic authentication is missing or wrong.");
  };
}

function urlTokenCheck({ parameter, value }: NonNullable<Credentials["urlToken"]>): Check {
  const isExpected = oneOf(listOf(value, "urlToken.value"));
  return (_headers, url) => {
    const tokens = new URLSearchParams(/\?([^#]*)/.exec(url)?.[1] ?? "").getAll(parameter);
    demand(
      tokens.length === 1 && isExpected(tokens[0]!),
      `The URL parameter ${parameter} is missing, wrong or repeated.`,
    );
  };
}

function listOf(value: string | readonly string[], option: string): readonly string[] {
  const values = typeof value === "string" ? [value] : value;
  if (!Array.isArray(values) || values.length === 0 || values.some((each) => typeof each !== "string" || each === "")) {
    throw new TypeError(`${option} must be text that is not empty, or a list of such texts. Is its variable set?`);
  }
  return values;
}

/** Compares hashes, whose length is the same for all values. */
function oneOf(values: readonly string[]): (given: string) => boolean {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  const expected = values.map(hash);
  return (given) => {
    const hashed = hash(given);
    let found = false;
    for (const each of expected) if (timingSafeEqual(hashed, each)) found = true;
    return found;
  };
}

function demand(isTrusted: boolean, message: string): void {
  if (!isTrusted) throw new WebhookVerificationError("bad_credentials", message);
}
