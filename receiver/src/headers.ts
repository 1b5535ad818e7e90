// One header out of the many forms in which frameworks hand them over.

import { WebhookVerificationError } from "./error.ts";

/** Headers as Node's http, fetch and most frameworks give them; names in any case. */
export type HeaderSource =
  | { get(name: string): string | null }
  | { readonly [name: string]: string | readonly string[] | undefined };

/** `name` in lower case. Throws WebhookVerificationError when it is missing, empty or there more than once. */
export function requiredHeader(headers: HeaderSource, name: string): string {
  const value = find(headers, name);
  if (value === undefined || value === null || value.length === 0) {
    throw new WebhookVerificationError("missing_header", `The ${name} header is missing.`);
  }
  if (typeof value === "string") return value;
  if (value.length === 1 && value[0] !== "") return value[0]!;
  throw new WebhookVerificationError("malformed_header", `The ${name} header is there more than once or empty.`);
}

/** Null where `requiredHeader` would throw. */
export function header(headers: HeaderSource, name: string): string | null {
  const value = find(headers, name);
  if (typeof value === "string") return value === "" ? null : value;
  return value?.length === 1 ? value[0]! : null;
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
