// Signs a message after Standard Webhooks 1.0.0: its id, its timestamp and the bytes of its body. Belfry's server signs with
// this function, so sender and receiver cannot disagree.

import { prepareSecrets, type Secret } from "./secret.ts";

export interface Message {
  /** The same on every attempt. Must not contain a full stop. */
  readonly id: string;
  /** Whole seconds since 1970, new on every attempt. */
  readonly timestamp: number;
  /** The bytes that are sent; text stands for its UTF-8 bytes. */
  readonly body: Uint8Array | string;
}

/** Returns the value of `webhook-signature`: one `v1,…` or `v1a,…` per secret, in their order, separated by spaces. Throws
 * a TypeError for a malformed message or secret, and for a public key. */
export function sign(message: Message & { readonly secret: Secret | readonly Secret[] }): string {
  const { id, timestamp, body, secret } = message;
  if (id === "" || id.includes(".")) throw new TypeError("A message id must not be empty or contain a full stop.");
  if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
    throw new TypeError("timestamp must be whole seconds since 1970, such as Math.floor(Date.now() / 1000).");
  }
  const head = `${id}.${timestamp}.`;
  const signatures = prepareSecrets(secret).map((key) => {
    if (key.sign === null) throw new TypeError("A whpk_ key cannot sign. Use the whsk_ key it belongs to.");
    return `${key.tag},${key.sign(head, body)}`;
  });
  return signatures.join(" ");
}
