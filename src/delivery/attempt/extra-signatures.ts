// Signature headers in the forms of other senders, for receivers that verify those already. Both take the text of the
// secret as the key, as those senders do; Standard Webhooks takes the bytes that the text stands for.

import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { Subscription } from "../../model/subscription.ts";

type SignatureHeader = readonly [name: string, value: string];

/** `timestamp`: seconds since 1970 as they are signed. `now`: wall time, epoch ms. */
export type SignExtra = (body: string, timestamp: number, now: number) => readonly SignatureHeader[];

/** Null where the subscription asks for none of them, so that nothing has to be done for each attempt. */
export function signExtra({ extraSignatures, signingSecrets }: Subscription): SignExtra | null {
  const github = extraSignatures.includes("github");
  const stripe = extraSignatures.includes("stripe");
  if (!github && !stripe) return null;
  const keys = signingSecrets
    .toReversed()
    .map(({ secret, until }) => ({ key: createSecretKey(Buffer.from(secret)), until }));
  return (body, timestamp, now) => {
    const live = keys.filter(({ until }) => until === null || until > now).map(({ key }) => key);
    const headers: SignatureHeader[] = [];
    // There is room for one signature: the one of the newest secret.
    if (github) headers.push(["x-hub-signature-256", `sha256=${hex(live[0]!, body)}`]);
    if (stripe) {
      const message = `${timestamp}.${body}`;
      const signatures = live.map((key) => `v1=${hex(key, message)}`);
      headers.push(["stripe-signature", [`t=${timestamp}`, ...signatures].join(",")]);
    }
    return headers;
  };
}

const hex = (key: KeyObject, message: string): string => createHmac("sha256", key).update(message).digest("hex");
