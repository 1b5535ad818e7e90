// /v1/subscriptions/{id}/signing-secret: shown again and renewed by whoever manages the subscription, which for an
// integration is also the key of its building or tenant. Every call is audited.

import { z } from "zod";
import { buildingAround } from "../../building/around.ts";
import { BelfryError } from "../../errors.ts";
import { mayManage, mayManageBuilding, mayManageTenant, type Principal, type Role } from "../../model/principal.ts";
import type { SigningSecret, Subscription } from "../../model/subscription.ts";
import { changeOrganization } from "../../store/change.ts";
import type { AuditEntry } from "../../store/registry.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { absent, managers } from "./sight.ts";

const owners: readonly Role[] = [...managers, "building", "tenant"];

/** Seconds. */
const usualOverlap = 24 * 3600;
const longestOverlap = 7 * 24 * 3600;
/** Every one of them is a signature in the header of every delivery. */
const mostSecrets = 5;

const secretSchema = z.object({
  signing_secret: z.string().describe("The current one."),
  signing_secrets: z.array(z.object({ secret: z.string(), until: z.string().nullable() })),
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

  const owned = async (who: Principal, id: string): Promise<Subscription> => {
    const subscription = await registry.subscription(id);
    if (subscription === null || !(await owns(who, subscription))) throw absent("subscription");
    return subscription;
  };

  const owns = async (who: Principal, { organization, scope }: Subscription): Promise<boolean> => {
    if (scope.kind === "organization") return mayManage(who, organization);
    if (scope.kind === "building") return mayManageBuilding(who, organization, scope.id);
    // Only for a key of a building does it matter where the tenant lives; the model may be large.
    const model = who.role === "building" ? ((await registry.snapshot(organization))?.model ?? null) : null;
    return mayManageTenant(who, organization, buildingAround(model, "tenant", scope.id)?.id ?? "", scope.id);
  };

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
        const { id, signingSecrets } = await owned(who, params["id"]!);
        await registry.audit(entry(who, "signing_secret.reveal", id));
        return show(signingSecrets);
      },
    }),
    route({
      method: "POST",
      path: "/v1/subscriptions/:id/signing-secret/rotate",
      summary: "A new secret signs from now on; those of before sign beside it until the overlap is over.",
      roles: owners,
      body: rotation,
      answer: secretSchema,
      handle: async ({ who, params, body }) => {
        const { id, organization } = await owned(who, params["id"]!);
        const secret = deps.newSecret();
        return changeOrganization(registry, organization, ({ subscriptions }) => {
          const current = subscriptions.find((subscription) => subscription.id === id);
          if (current === undefined) throw absent("subscription");
          const now = clock.now();
          const signingSecrets = rotated(current.signingSecrets, secret, now, body.overlap_s * 1000);
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

/** None gets a longer life than it had, and what has ended is dropped. */
function rotated(before: readonly SigningSecret[], secret: string, now: number, overlap: number): SigningSecret[] {
  const kept = before
    .map((each) => ({ ...each, until: Math.min(each.until ?? Infinity, now + overlap) }))
    .filter(({ until }) => until > now);
  if (kept.length >= mostSecrets) {
    throw new BelfryError(
      "CONFLICT",
      "Too many earlier secrets still sign. Wait until one has ended, or overlap less.",
    );
  }
  return [...kept, { secret, until: null }];
}

function show(secrets: readonly SigningSecret[]): z.input<typeof secretSchema> {
  return {
    signing_secret: secrets.at(-1)!.secret,
    signing_secrets: secrets.map(({ secret, until }) => ({
      secret,
      until: until === null ? null : new Date(until).toISOString(),
    })),
  };
}
