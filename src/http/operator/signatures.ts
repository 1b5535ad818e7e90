// PATCH /v1/subscriptions/{id}: with which signatures its deliveries go out. The one of Standard Webhooks is always there;
// the others are for receivers that verify in another way already.

import { z } from "zod";
import { extraSignatures, type Subscription } from "../../model/subscription.ts";
import { changeOrganization } from "../../store/change-organization.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { owned } from "./owned.ts";
import { notFound, owners } from "../../auth/authorize.ts";
import { showSubscription, signatureName, subscriptionSchema } from "./views.ts";

const edit = z.strictObject({
  signatures: z
    .array(signatureName)
    .describe("Which signatures its deliveries have; standard is there whether it is named or not."),
});

export function signatureRoutes(deps: OperatorDeps): readonly Route[] {
  const { registry, clock } = deps;

  /** The current secret gets a key when one is first asked for, and keeps it: receivers hold the public key. */
  const withKey = ({ signingSecrets }: Subscription): Subscription["signingSecrets"] =>
    signingSecrets.map((each) => (each.until !== null || each.key ? each : { ...each, key: deps.newSigningKey() }));

  return [
    route({
      method: "PATCH",
      path: "/v1/subscriptions/:id",
      summary: "Choose the signatures of its deliveries.",
      roles: owners,
      body: edit,
      answer: subscriptionSchema,
      handle: async ({ who, params, body }) => {
        const { id, organization } = await owned(deps, who, params["id"]!);
        const wanted = extraSignatures.filter((each) => body.signatures.includes(each));
        const changed = await changeOrganization(registry, organization, ({ subscriptions }) => {
          const current = subscriptions.find((subscription) => subscription.id === id);
          if (current === undefined) throw notFound("subscription");
          if (wanted.join() === current.extraSignatures.join()) return { audit: [], result: current };
          const at = clock.now();
          const result: Subscription = {
            ...current,
            extraSignatures: wanted,
            signingSecrets: wanted.includes("ed25519") ? withKey(current) : current.signingSecrets,
            updatedAt: at,
          };
          const detail = JSON.stringify({ signatures: ["standard", ...wanted] });
          const audit = [{ at, actor: who.key, action: "subscription.signatures", object: id, detail }];
          return { put: [result], audit, result };
        });
        return showSubscription(changed, who, await deps.lane(changed.number));
      },
    }),
  ];
}
