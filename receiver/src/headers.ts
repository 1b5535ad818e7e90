// Reads one header, whichever way the framework passes headers.

import { WebhookVerificationError } from "./error.ts";

/** Headers as Node's http, fetch and most frameworks pass them. Names may be in any case. */
export type HeaderSource =
  | { get(name: string): string | null }
  | { readonly [name: string]: string | readonly string[] | undefined };

/** `name`: in lower case. Throws a WebhookVerificationError when the header is missing, empty or repeated. */
export function requiredHeader(headers: HeaderSource, name: string): string {
  const value = find(headers, name);
  if (value === undefined || value === null || value.length === 0) {
    throw new WebhookVerificationError("missing_header", `The ${name} header is missing.`);
  }
  if (typeof value === "string") return value;
  if (value.length === 1 && value[0] !== "") return value[0]!;
  throw new WebhookVerificationError("malformed_header", `The ${name} header must come once and not be empty.`);
}

/** Null when `requiredHeader` would throw. */
export function header(headers: HeaderSource, name: string): string | null {
  const value = find(headers, name);
  const text = typeof value === "string" ? value : value?.length === 1 ? value[0]! : "";
  return text === "" ? null : text;
}

function find(headers: HeaderSource, name: string): string | readonly string[] | null | undefined {
  if (typeof headers.get === "function") return headers.get(name);
  const record = headers as { readonly [name: string]: string | readonly string[] | undefined };
  const value = record[name];
  if (value !== undefined) return value;
  for (const key of Object.keys(record)) {
    if (key.toLowerCase() === name) return record[key];
  }
  return undefined;
}
