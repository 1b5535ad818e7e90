// PATCH /v1/subscriptions/{id}: what the owner of a subscription chooses about it and no vendor's API has: with which signatures
// its deliveries go out, and whether minutes are repeated as Butlr does. A field that is absent stays as it is.

import { z } from "zod";
import { BelfryError } from "../../errors.ts";
import { extraSignatures, type Subscription } from "../../model/subscription.ts";
import { changeOrganization } from "../../store/change-organization.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { owned } from "./owned.ts";
import { notFound, owners } from "../../auth/authorize.ts";
import { repeatMinutes, showSubscription, signatureName, subscriptionSchema } from "./views.ts";

const edit = z
  .strictObject({
    signatures: z
      .array(signatureName)
      .optional()
      .describe("Which signatures its deliveries have; standard is there whether it is named or not."),
    repeat_minutes: repeatMinutes
      .optional()
      .describe(
        "5: every minute of a space is sent in five minutes on end, as Butlr does; 0: once, and when it changes.",
      ),
  })
  .refine((given) => Object.values(given).some((each) => each !== undefined), {
    error: "Give at least one of signatures and repeat_minutes.",
  });
type Edit = z.output<typeof edit>;

/** A setting that differs from what is stored, and how the audit tells it. */
interface Choice {
  readonly action: string;
  readonly detail: unknown;
  readonly put: Partial<Subscription>;
}

export function subscriptionSettingRoutes(deps: OperatorDeps): readonly Route[] {
  const { registry, clock, newSigningKey } = deps;

  /** The current secret gets a key when one is first asked for, and keeps it: receivers hold the public key. */
  const withKey = ({ signingSecrets }: Subscription): Subscription["signingSecrets"] =>
    signingSecrets.map((each) => (each.until !== null || each.key ? each : { ...each, key: newSigningKey() }));

  function signatures(current: Subscription, asked: Edit["signatures"]): Choice | null {
    const wanted = extraSignatures.filter((each) => asked?.includes(each));
    if (asked === undefined || wanted.join() === current.extraSignatures.join()) return null;
    const signingSecrets = wanted.includes("ed25519") ? withKey(current) : current.signingSecrets;
    return {
      action: "subscription.signatures",
      detail: { signatures: ["standard", ...wanted] },
      put: { extraSignatures: wanted, signingSecrets },
    };
  }

  function repeats(current: Subscription, asked: Edit["repeat_minutes"]): Choice | null {
    if (asked === undefined || asked === current.repeatMinutes) return null;
    return {
      action: "subscription.repeat_minutes",
      detail: { repeat_minutes: asked },
      put: { repeatMinutes: asked },
    };
  }

  return [
    route({
      method: "PATCH",
      path: "/v1/subscriptions/:id",
      summary: "Choose the signatures of its deliveries, and whether minutes are repeated.",
      roles: owners,
      body: edit,
      answer: subscriptionSchema,
      handle: async ({ who, params, body }) => {
        const { id, organization, dialect } = await owned(deps, who, params["id"]!);
        if (dialect !== "butlr" && body.repeat_minutes !== undefined) throw repeatsElsewhere();
        const changed = await changeOrganization(registry, organization, ({ subscriptions }) => {
          const current = subscriptions.find((subscription) => subscription.id === id);
          if (current === undefined) throw notFound("subscription");
          const choices = [signatures(current, body.signatures), repeats(current, body.repeat_minutes)].filter(
            (choice) => choice !== null,
          );
          if (choices.length === 0) return { audit: [], result: current };
          const at = clock.now();
          const result = choices.reduce<Subscription>((all, { put }) => ({ ...all, ...put }), {
            ...current,
            updatedAt: at,
          });
          const audit = choices.map(({ action, detail }) => {
            return { at, actor: who.key, action, object: id, detail: JSON.stringify(detail) };
          });
          return { put: [result], audit, result };
        });
        return showSubscription(changed, who, await deps.lane(changed.number));
      },
    }),
  ];
}

const repeatsElsewhere = () =>
  new BelfryError(
    "INVALID",
    "repeat_minutes repeats the minutes of occupancy, which Butlr webhooks alone can take. Leave it out for an integration.",
  );
