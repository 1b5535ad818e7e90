// Signs a message after Standard Webhooks 1.0.0: over id, timestamp and the body's bytes. The server signs with these
// same lines, so both ends of the wire agree by construction.

import { prepareSecret, type Secret } from "./secret.ts";

export interface Message {
  /** The same on every attempt; without a full stop. */
  readonly id: string;
  /** Whole seconds since 1970, new on every attempt. */
  readonly timestamp: number;
  /** Exactly the bytes on the wire; text stands for its UTF-8 bytes. */
  readonly body: Uint8Array | string;
}

/** The value of `webhook-signature`: one `v1,…` or `v1a,…` per secret, in their order, separated by spaces. */
export function sign(message: Message & { readonly secret: Secret | readonly Secret[] }): string {
  const { id, timestamp, body, secret } = message;
  if (id === "" || id.includes(".")) throw new TypeError("A message id is not empty and has no full stop.");
  if (!Number.isSafeInteger(timestamp) || timestamp < 0) throw new TypeError("A timestamp is whole seconds.");
  const head = `${id}.${timestamp}.`;
  let list = "";
  for (const one of Array.isArray(secret) ? (secret as readonly Secret[]) : [secret as Secret]) {
    const { tag, sign } = prepareSecret(one);
    if (sign === null) throw new TypeError("A public key cannot sign.");
    list += `${list === "" ? "" : " "}${tag},${sign(head, body)}`;
  }
  if (list === "") throw new TypeError("At least one secret is needed to sign.");
  return list;
}
