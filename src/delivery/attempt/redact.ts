// Receivers may answer with what they were sent, and many test endpoints do. The customer's secrets in such an answer must
// not get into the log of attempts, which viewers read and which is not sealed: the URL's path and query among them.

import type { Endpoint } from "../../model/subscription.ts";

/** Masking a text of a few characters would eat the answer and hide nothing. */
const shortest = 4;
/** A part of a path that is no more than this is the name of an API, not a token. */
const word = /^[a-z]{1,9}$/;

/** What nobody who reads the log may see, in every form in which it is likely to come back. `headers` are those that
 * authenticate Belfry to the receiver. */
export function secretsOf(
  { url, basicAuth }: Endpoint,
  headers: readonly (readonly [name: string, value: string])[],
): readonly string[] {
  const told = [
    ...headers.flatMap(([, value]) => [value, value.slice(value.lastIndexOf(" ") + 1)]),
    ...(basicAuth === null ? [] : [basicAuth.username, basicAuth.password]),
    ...partsOf(url).flatMap(decodings),
  ];
  const secrets = new Set(told.flatMap(spellings));
  // The longest first: a shorter one may be a part of it.
  return [...secrets].filter(({ length }) => length >= shortest).toSorted((a, b) => b.length - a.length);
}

/** Path and values of a URL, as they were written and as they are sent. A value of a few characters is masked with its name. */
function partsOf(url: string): readonly string[] {
  const parsed = URL.parse(url);
  const written = /^[a-z]+:\/\/[^/?]*(\/[^?]*)?(?:\?(.*))?$/is.exec(url);
  const paths = [written?.[1] ?? "", parsed?.pathname ?? ""];
  const tokens = paths.flatMap((path) => path.split("/")).filter((segment) => segment !== "" && !word.test(segment));
  const pairs = [written?.[2] ?? "", parsed?.search.slice(1) ?? ""].flatMap((query) => query.split("&"));
  return [...(tokens.length > 0 ? paths : []), ...tokens, ...pairs.flatMap(valuesOf)];
}

/** `name=value`, or a value alone. */
function valuesOf(pair: string): readonly string[] {
  const at = pair.indexOf("=");
  const value = pair.slice(at + 1);
  if (at === -1 || value.length >= shortest || value === "") return [value];
  const name = pair.slice(0, at);
  return [pair, `"${name}":"${value}"`, `"${name}": "${value}"`];
}

/** A part of a URL as it was sent, what a receiver decodes from it, and how that is encoded again. */
function decodings(part: string): readonly string[] {
  const plain = [decoded(part), decoded(part.replaceAll("+", " "))].filter((text) => text !== null);
  const encoded = [part, ...plain.map(encodeURIComponent), ...plain.map(formEncoded)];
  const escapes = /%[0-9A-F]{2}/gi;
  const lower = encoded.map((text) => text.replace(escapes, (byte) => byte.toLowerCase()));
  const upper = encoded.map((text) => text.replace(escapes, (byte) => byte.toUpperCase()));
  return [...plain, ...encoded, ...lower, ...upper];
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

const formEncoded = (text: string): string => new URLSearchParams([["", text]]).toString().slice(1);

/** As text, and as it stands in JSON or HTML. */
function spellings(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const ascii = json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const html = secret.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
  return [secret, json, ascii, json.replaceAll("/", "\\/"), html];
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** The same bytes where none of the secrets is in them. One that the end cuts off is masked as far as it goes. */
export function redact(response: Uint8Array, secrets: readonly string[]): Uint8Array {
  // One character for each byte, so that answers in any encoding stay as they are.
  const before = Buffer.from(response).toString("latin1");
  const sought = secrets.map((secret) => Buffer.from(secret).toString("latin1"));
  let text = before;
  for (const secret of sought) text = text.replaceAll(secret, "***");
  const cut = Math.max(0, ...sought.map((secret) => cutOff(text, secret)));
  if (cut > 0) text = `${text.slice(0, -cut)}***`;
  // A copy of its own, as the answer was: it crosses to another thread with all of its memory.
  return text === before ? response : new Uint8Array(Buffer.from(text, "latin1"));
}

/** How many characters at the end of the text are the beginning of the secret; 0: fewer than would tell anything. */
function cutOff(text: string, secret: string): number {
  for (let length = Math.min(secret.length - 1, text.length); length >= shortest; length--) {
    if (text.endsWith(secret.slice(0, length))) return length;
  }
  return 0;
}
