// Proves that a form is the one that we made for this very request, not long ago.

import { createHmac } from "node:crypto";
import { sameBytes } from "../../../same-secret.ts";
import type { AuthorizeRequest } from "./authorize-request.ts";

const lifeMs = 3_600_000;

/** `now`: epoch ms. */
export function makeTicket(key: Uint8Array, request: AuthorizeRequest, now: number): string {
  const until = Math.floor(now + lifeMs);
  return `${until}.${sign(key, request, until).toString("base64url")}`;
}

export function isTicket(key: Uint8Array, request: AuthorizeRequest, ticket: string, now: number): boolean {
  const [, until, signature] = /^(\d{1,15})\.([A-Za-z0-9_-]{43})$/.exec(ticket) ?? [];
  if (until === undefined || signature === undefined || Number(until) <= now) return false;
  return sameBytes(Buffer.from(signature, "base64url"), sign(key, request, Number(until)));
}

function sign(key: Uint8Array, { client, redirect, challenge, state }: AuthorizeRequest, until: number): Buffer {
  return createHmac("sha256", key)
    .update(JSON.stringify([until, client, redirect, challenge, state]))
    .digest();
}
