// Signs a message after Standard Webhooks 1.0.0: HMAC-SHA256 over id, timestamp and the body's bytes. The server signs
// with these same lines, so both ends of the wire agree by construction.

import { createHmac, type KeyObject } from "node:crypto";
import { prepareSecret, type Secret } from "./secret.ts";

export interface Message {
  /** The same on every attempt; without a full stop. */
  readonly id: string;
  /** Whole seconds since 1970, new on every attempt. */
  readonly timestamp: number;
  /** Exactly the bytes on the wire; text stands for its UTF-8 bytes. */
  readonly body: Uint8Array | string;
}

/** The value of `webhook-signature`: one `v1,…` per secret, in their order, separated by spaces. */
export function sign(message: Message & { readonly secret: Secret | readonly Secret[] }): string {
  const { id, timestamp, body, secret } = message;
  if (id === "" || id.includes(".")) throw new TypeError("A message id is not empty and has no full stop.");
  if (!Number.isSafeInteger(timestamp) || timestamp < 0) throw new TypeError("A timestamp is whole seconds.");
  const head = `${id}.${timestamp}.`;
  if (!Array.isArray(secret)) return `v1,${digest(prepareSecret(secret as Secret), head, body)}`;
  let list = "";
  for (const one of secret as readonly Secret[]) {
    list += `${list === "" ? "" : " "}v1,${digest(prepareSecret(one), head, body)}`;
  }
  if (list === "") throw new TypeError("At least one secret is needed to sign.");
  return list;
}

/** HMAC-SHA256 in base64 over `head`, which ends with a full stop, and the body. */
export function digest(key: KeyObject, head: string, body: Uint8Array | string): string {
  return createHmac("sha256", key).update(head).update(body).digest("base64");
}
