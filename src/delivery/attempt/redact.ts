// Receivers may answer with what they were sent, and many test endpoints do. The customer's secrets in such an answer must
// not get into the log of attempts, which viewers read and which is not sealed.

import type { Endpoint } from "../../model/subscription.ts";

/** What nobody who reads the log may see. `headers` are those that authenticate Belfry to the receiver. */
export function secretsOf(
  { url, basicAuth }: Endpoint,
  headers: readonly (readonly [name: string, value: string])[],
): readonly string[] {
  // A token in the query is as good as a password; shorter values are words.
  const tokens = [...(URL.parse(url)?.searchParams.values() ?? [])].filter(({ length }) => length >= shortestToken);
  const told = [
    ...headers.flatMap(([, value]) => [value, value.slice(value.lastIndexOf(" ") + 1)]),
    ...tokens.flatMap((token) => [token, encodeURIComponent(token)]),
    ...(basicAuth === null ? [] : [basicAuth.password]),
  ];
  const secrets = new Set(told.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]));
  // The longest first: a shorter one may be a part of it.
  return [...secrets].filter(({ length }) => length >= shortest).toSorted((a, b) => b.length - a.length);
}

/** Masking a text of a few characters would eat the answer and hide nothing. */
const shortest = 4;
const shortestToken = 8;

/** The same bytes where none of the secrets is in them. */
export function redact(response: Uint8Array, secrets: readonly string[]): Uint8Array {
  // One character for each byte, so that answers in any encoding stay as they are.
  const before = Buffer.from(response).toString("latin1");
  let text = before;
  for (const secret of secrets) text = text.replaceAll(Buffer.from(secret).toString("latin1"), "***");
  // A copy of its own, as the answer was: it crosses to another thread with all of its memory.
  return text === before ? response : new Uint8Array(Buffer.from(text, "latin1"));
}
