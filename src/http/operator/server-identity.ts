// /v1/server: that this is Belfry, and which one. Open to everybody, since it is asked before a key is sent.

import { BelfryError } from "../../errors.ts";
import { challengeForm, proofOf, serverPath } from "../../server-proof.ts";
import type { HttpScope, RouteDocument } from "../scope.ts";

export interface ServerIdentity {
  readonly version: string;
  /** As it stands in `server.json`. */
  readonly nonce: string;
}

export function createServerIdentityRoute({ version, nonce }: ServerIdentity): (scope: HttpScope) => void {
  return (scope) => {
    scope.get(serverPath, { config: { document } }, async (request, reply) => {
      const { challenge = null } = request.query as Readonly<Record<string, unknown>>;
      if (challenge !== null && !(typeof challenge === "string" && challengeForm.test(challenge))) {
        throw new BelfryError("BAD_REQUEST", "challenge must be 1 to 128 letters, digits, hyphens and underscores.");
      }
      reply.header("cache-control", "no-store");
      return { name: "belfry", version, proof: challenge === null ? null : proofOf(nonce, challenge) };
    });
  };
}

const document: RouteDocument = {
  summary: "That this is Belfry. Needs no key: commands ask it before they send theirs.",
  query: {
    type: "object",
    properties: {
      challenge: {
        type: "string",
        pattern: challengeForm.source,
        description:
          "Proves that it is the server of a server.json: the HMAC-SHA256 of this with its nonce, in base64url.",
      },
    },
  },
  answers: {
    200: {
      type: "object",
      required: ["name", "version", "proof"],
      properties: {
        name: { const: "belfry" },
        version: { type: "string" },
        proof: { type: ["string", "null"], description: "Null without a challenge." },
      },
    },
  },
};
