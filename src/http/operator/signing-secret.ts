// /v1/subscriptions/{id}/signing-secret: shown again and renewed by whoever owns the subscription. Every call is audited.

import { z } from "zod";
import { BelfryError } from "../../errors.ts";
import type { Principal } from "../../model/principal.ts";
import { rotateSecrets } from "../../model/signing-secrets.ts";
import { type SigningSecret, unreadableReason } from "../../model/subscription.ts";
import { changeOrganization } from "../../store/change-organization.ts";
import type { AuditEntry } from "../../store/registry.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { owned } from "./owned.ts";
import { notFound, owners } from "../../auth/authorize.ts";

/** Seconds. */
const usualOverlap = 24 * 3600;
const longestOverlap = 7 * 24 * 3600;

const secretSchema = z.object({
  signing_secret: z.string().describe("The current one."),
  signing_secrets: z.array(
    z.object({
      secret: z.string(),
      public_key: z.string().optional().describe("Verifies the ed25519 signatures made in the time of this secret."),
      until: z.string().nullable(),
    }),
  ),
});

const rotation = z.strictObject({
  overlap_s: z
    .number()
    .int()
    .min(0)
    .max(longestOverlap)
    .default(usualOverlap)
    .describe("How long the secrets of before still sign beside the new one."),
});

export function signingSecretRoutes(deps: OperatorDeps): readonly Route[] {
  const { registry, clock } = deps;

  const entry = (who: Principal, action: string, object: string): AuditEntry => ({
    at: clock.now(),
    actor: who.key,
    action,
    object,
    detail: null,
  });

  return [
    route({
      method: "POST",
      path: "/v1/subscriptions/:id/signing-secret/reveal",
      summary: "The secrets that sign its deliveries. Every call is written to the audit.",
      roles: owners,
      answer: secretSchema,
      handle: async ({ who, params }) => {
        const { id, signingSecrets, isUnreadable } = await owned(deps, who, params["id"]!);
        if (isUnreadable === true) throw new BelfryError("CONFLICT", unreadableReason);
        await registry.audit(entry(who, "signing_secret.reveal", id));
        return show(signingSecrets);
      },
    }),
    route({
      method: "POST",
      path: "/v1/subscriptions/:id/signing-secret/rotate",
      summary:
        "A new secret signs from now on, with new keys of its own; those of before sign beside it until the overlap is over.",
      roles: owners,
      body: rotation,
      answer: secretSchema,
      handle: async ({ who, params, body }) => {
        const { id, organization } = await owned(deps, who, params["id"]!);
        const secret = { secret: deps.newSecret(), until: null };
        return changeOrganization(registry, organization, ({ subscriptions }) => {
          const current = subscriptions.find((subscription) => subscription.id === id);
          if (current === undefined) throw notFound("subscription");
          const now = clock.now();
          const next = current.extraSignatures.includes("ed25519") ? { ...secret, key: deps.newSigningKey() } : secret;
          const signingSecrets = rotateSecrets(current.signingSecrets, next, now, body.overlap_s * 1000);
          if (signingSecrets === null) throw tooMany();
          return {
            put: [{ ...current, signingSecrets, updatedAt: now }],
            audit: [entry(who, "signing_secret.rotate", id)],
            result: show(signingSecrets),
          };
        });
      },
    }),
  ];
}

const tooMany = (): BelfryError =>
  new BelfryError("CONFLICT", "Too many earlier secrets still sign. Wait until one has ended, or overlap less.");

function show(secrets: readonly SigningSecret[]): z.input<typeof secretSchema> {
  return {
    signing_secret: secrets.at(-1)!.secret,
    signing_secrets: secrets.map(({ secret, key, until }) => ({
      secret,
      ...(key === undefined ? {} : { public_key: key.publicKey }),
      until: until === null ? null : new Date(until).toISOString(),
    })),
  };
}
