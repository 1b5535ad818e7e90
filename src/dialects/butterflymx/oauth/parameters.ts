// The parameters of OAuth requests: form-encoded or JSON, and a client's id and secret in the body or as Basic. A parameter that is
// there twice makes a request unreadable [RFC 6749 §3.1].

import { readJson, utf8Text } from "../../../http/json-body.ts";

export type Parameters = ReadonlyMap<string, string>;

export interface ClientAuthentication {
  readonly id: string;
  /** null: none was sent. */
  readonly secret: string | null;
}

/** Null: not readable. Values of JSON that are not text count as absent, as do empty ones. */
export function readBody(bytes: Uint8Array = new Uint8Array(), contentType = ""): Parameters | null {
  try {
    if (!contentType.toLowerCase().startsWith("application/json")) return readForm(utf8Text(bytes));
    const value = readJson(bytes);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
    const texts = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string");
    return new Map(texts.filter(([, text]) => text !== ""));
  } catch {
    return null;
  }
}

/** The query of an address, or the body of a form. Null: a parameter is there twice. */
export function readForm(text: string): Parameters | null {
  const pairs = [...new URLSearchParams(text)];
  const parameters = new Map(pairs);
  return parameters.size < pairs.length ? null : new Map(pairs.filter(([, value]) => value !== ""));
}

/** What the header says wins; `unreadable` also where body and header name different clients. Null: nobody is named. */
export function readClient(
  parameters: Parameters,
  authorization: string | undefined,
): ClientAuthentication | "unreadable" | null {
  const inBody = parameters.get("client_id");
  if (authorization === undefined) {
    return inBody === undefined ? null : { id: inBody, secret: parameters.get("client_secret") ?? null };
  }
  const inHeader = readBasic(authorization);
  return inHeader === null || (inBody !== undefined && inBody !== inHeader.id) ? "unreadable" : inHeader;
}

/** Both parts are form-encoded before they are joined [RFC 6749 §2.3.1]. */
function readBasic(authorization: string): ClientAuthentication | null {
  const encoded = /^basic +(\S+)$/i.exec(authorization)?.[1];
  if (encoded === undefined) return null;
  const [id, ...secret] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  if (id === undefined || secret.length === 0) return null;
  return { id: formDecoded(id), secret: formDecoded(secret.join(":")) || null };
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
