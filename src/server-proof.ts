// How a command knows the server that it was meant for: `server.json` holds a nonce that nobody else knows, and the server
// answers a challenge with what only its holder can say. So no key goes to another program that took the port meanwhile.

import { createHmac } from "node:crypto";

/** 1 to 128 of `A-Z a-z 0-9 _ -`. */
export const challengeForm = /^[A-Za-z0-9_-]{1,128}$/;

/** Where it is asked. */
export const serverPath = "/v1/server";

export const proofOf = (nonce: string, challenge: string): string =>
  createHmac("sha256", nonce).update(challenge).digest("base64url");
