// Whether a kept request bears the signature of a secret that somebody pasted [Standard Webhooks 1.0.0]. Worked out here, in the
// browser: the secret goes nowhere.

import type { InboxRequest } from "../api/types.ts";

export type Checked =
  | { readonly fits: true }
  /** `why`: a sentence for people. */
  | { readonly fits: false; readonly why: string };

const no = (why: string): Checked => ({ fits: false, why });
/** Seconds between the signature and the arrival. */
const tolerance = 300;

export async function checkSignature(secret: string, request: InboxRequest): Promise<Checked> {
  const key = keyOf(secret.trim());
  if (key === null) return no("This is no signing secret: it is whsec_ followed by base64.");
  const value = (name: string) => request.headers.find(([each]) => each.toLowerCase() === name)?.[1];
  const [id, timestamp, signatures] = [value("webhook-id"), value("webhook-timestamp"), value("webhook-signature")];
  if (!id || !timestamp || !signatures) return no("It bears no signature.");
  if (request.is_cut) return no("Its body was too long to be kept whole, so it cannot be verified.");
  // oxlint-disable-next-line typescript/no-unnecessary-condition -- browsers have it on https and on this machine alone
  if (globalThis.crypto?.subtle === undefined) return no("Browsers verify only over https, or on the machine itself.");
  const expected = await hmac(key, join(`${id}.${timestamp}.`, bodyOf(request)));
  if (!signatures.split(" ").includes(`v1,${expected}`)) return no("No signature matches this secret and the body.");
  const age = Date.parse(request.at) / 1_000 - Number(timestamp);
  if (!(Math.abs(age) <= tolerance))
    return no(`The signature fits, but was made ${Math.round(age)} s before it arrived.`);
  return { fits: true };
}

function keyOf(secret: string): Uint8Array<ArrayBuffer> | null {
  if (!secret.startsWith("whsec_")) return null;
  try {
    const bytes = fromBase64(secret.slice("whsec_".length));
    return bytes.length === 0 ? null : bytes;
  } catch {
    return null;
  }
}

async function hmac(secret: Uint8Array<ArrayBuffer>, message: Uint8Array<ArrayBuffer>): Promise<string> {
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, message));
  return btoa(String.fromCharCode(...bytes));
}

const bodyOf = ({ body, body_encoding: encoding }: InboxRequest): Uint8Array =>
  encoding === "base64" ? fromBase64(body) : new TextEncoder().encode(body);

function join(head: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const first = new TextEncoder().encode(head);
  const all = new Uint8Array(first.length + body.length);
  all.set(first);
  all.set(body, first.length);
  return all;
}

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
