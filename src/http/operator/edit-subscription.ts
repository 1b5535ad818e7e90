// PATCH /v1/subscriptions/{id}: with which signatures its deliveries go out, and how a ButterflyMX integration is delivered. The
// signature of Standard Webhooks is always there; the others are for receivers that verify in another way already.

import { z } from "zod";
import { BelfryError } from "../../errors.ts";
import { type OptionsInput, withOptions } from "../../model/delivery-options.ts";
import { extraSignatures, payloadFormats, type SigningSecret, type Subscription } from "../../model/subscription.ts";
import { changeOrganization } from "../../store/change-organization.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { owned } from "./owned.ts";
import { notFound, owners } from "../../auth/authorize.ts";
import { showSubscription, signatureName, subscriptionSchema } from "./views.ts";

const edit = z
  .strictObject({
    signatures: z
      .array(signatureName)
      .optional()
      .describe("Which signatures its deliveries have; standard is there whether it is named or not."),
    headers: z
      .record(z.string(), z.string())
      .nullable()
      .optional()
      .describe("Sent with every delivery, instead of those before."),
    payload_format: z.enum(payloadFormats).nullable().optional(),
    secrecy: z.boolean().nullable().optional().describe("Without names, pictures and e-mails."),
    include_locked: z.boolean().nullable().optional().describe("Also entries of doors that did not open."),
    secret: z
      .string()
      .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/)
      .nullable()
      .optional()
      .describe("Signs from now on. Null: a new one is made and stands in the answer."),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), "names nothing to change");

type Edit = z.output<typeof edit>;

export function editRoutes(deps: OperatorDeps): readonly Route[] {
  const { registry, clock } = deps;

  /** The current secret gets a key when one is first asked for, and keeps it: receivers hold the public key. */
  const withKey = ({ signingSecrets }: Subscription): Subscription["signingSecrets"] =>
    signingSecrets.map((each) => (each.until !== null || each.key ? each : { ...each, key: deps.newSigningKey() }));

  const signed = (current: Subscription, { signatures }: Edit): Subscription => {
    const wanted = signatures && extraSignatures.filter((each) => signatures.includes(each));
    if (wanted === undefined) return current;
    const signingSecrets = wanted.includes("ed25519") ? withKey(current) : current.signingSecrets;
    return { ...current, extraSignatures: wanted, signingSecrets };
  };

  const delivered = (current: Subscription, body: Edit) => {
    const given = optionsOf(body);
    if (Object.values(given).every((each) => each === undefined)) return { subscription: current, newSecret: null };
    if (current.dialect !== "butterflymx") {
      throw new BelfryError("INVALID", "Only ButterflyMX integrations have these options; signatures has every one.");
    }
    const fresh = (secret = deps.newSecret()): SigningSecret => ({ secret, until: null });
    const { subscription, newSecret } = withOptions(current, current.endpoint.url, given, fresh);
    const signs = subscription.extraSignatures.includes("ed25519");
    return {
      subscription: signs ? { ...subscription, signingSecrets: withKey(subscription) } : subscription,
      newSecret,
    };
  };

  return [
    route({
      method: "PATCH",
      path: "/v1/subscriptions/:id",
      summary:
        "Choose the signatures of its deliveries and how they look. What is left out stays; null gives the usual.",
      roles: owners,
      body: edit,
      answer: subscriptionSchema.extend({ signing_secret: z.string().optional().describe("A new one that was made.") }),
      handle: async ({ who, params, body }) => {
        const { id, organization } = await owned(deps, who, params["id"]!);
        for (const [name, value] of Object.entries(body.headers ?? {})) {
          const verdict = deps.header(name, value);
          if (!verdict.allowed) throw new BelfryError("INVALID", verdict.message);
        }
        const { subscription, newSecret } = await changeOrganization(registry, organization, ({ subscriptions }) => {
          const current = subscriptions.find((each) => each.id === id);
          if (current === undefined) throw notFound("subscription");
          const result = delivered(signed(current, body), body);
          if (JSON.stringify(result.subscription) === JSON.stringify(current)) return { audit: [], result };
          const at = clock.now();
          const subscription = { ...result.subscription, updatedAt: at };
          return {
            put: [subscription],
            audit: [entryOf(who.key, id, at, subscription, body)],
            result: { ...result, subscription },
          };
        });
        const shown = showSubscription(subscription, who, await deps.lane(subscription.number));
        return { ...shown, ...(newSecret === null ? {} : { signing_secret: newSecret }) };
      },
    }),
  ];
}

const optionsOf = (body: Edit): OptionsInput => ({
  headers: body.headers,
  format: body.payload_format,
  secrecy: body.secrecy,
  includeLocked: body.include_locked,
  secret: body.secret,
});

/** Names of what was set, never values: some are secrets. */
function entryOf(actor: string, object: string, at: number, { extraSignatures: extra }: Subscription, body: Edit) {
  if (body.signatures !== undefined) {
    const detail = JSON.stringify({ signatures: ["standard", ...extra] });
    return { at, actor, action: "subscription.signatures", object, detail };
  }
  const set = Object.entries(body).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  return { at, actor, action: "subscription.update", object, detail: JSON.stringify({ set }) };
}
