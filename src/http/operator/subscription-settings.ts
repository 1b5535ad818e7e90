// PATCH /v1/subscriptions/{id}: how a subscription is delivered: with which signatures, in which order, all or the latest states
// only, whether minutes are repeated as Butlr does, how its receiver is called, at which rate, after how long without success it is
// disabled, and the options of integrations, which ButterflyMX's API sets too. A field that is absent stays as it is.

import { z } from "zod";
import { BelfryError } from "../../errors.ts";
import { type OptionsInput, withOptions } from "../../model/delivery-options.ts";
import { extraSignatures, payloadFormats, type SigningSecret, type Subscription } from "../../model/subscription.ts";
import { sharedSecretForm, sharedSecretMust } from "../../shared-secret.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { type EndpointChange, endpointChange, endpointFields } from "./endpoint-settings.ts";
import { type Choice, paceChoices, paceFields } from "./pace-settings.ts";
import { changeOwned, owned } from "./owned.ts";
import { owners } from "../../auth/authorize.ts";
import {
  deliveryMode,
  deliveryOrder,
  modeMeans,
  orderMeans,
  repeatMinutes,
  showSubscription,
  signatureName,
  subscriptionSchema,
} from "./views.ts";

const [leastHeartbeatS, mostHeartbeatS] = [10, 86_400];

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
    order: deliveryOrder.optional().describe(orderMeans),
    mode: deliveryMode.optional().describe(modeMeans),
    heartbeat_s: z
      .union([z.literal(0), z.number().int().min(leastHeartbeatS).max(mostHeartbeatS)])
      .nullable()
      .optional()
      .describe("After how many seconds without a request it is told its last number; 0 or null: never."),
    ...endpointFields,
    ...paceFields,
    payload_format: z
      .enum(payloadFormats)
      .nullable()
      .optional()
      .describe("Of ButterflyMX integrations, as are all below."),
    secrecy: z.boolean().nullable().optional().describe("Without names, pictures and e-mails."),
    include_locked: z.boolean().nullable().optional().describe("Also entries of doors that did not open."),
    secret: z
      .string()
      .regex(sharedSecretForm, sharedSecretMust)
      .nullable()
      .optional()
      .describe("Signs from now on. Null: a new one is made and stands in the answer."),
  })
  .refine((given) => Object.values(given).some((each) => each !== undefined), {
    error: "Give at least one setting.",
  });
type Edit = z.output<typeof edit>;

export function subscriptionSettingRoutes(deps: OperatorDeps): readonly Route[] {
  const { clock, newSigningKey, newSecret } = deps;

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

  function order(current: Subscription, asked: Edit["order"]): Choice | null {
    if (asked === undefined || asked === (current.order ?? "none")) return null;
    return { action: "subscription.order", detail: { order: asked }, put: { order: asked } };
  }

  function mode(current: Subscription, asked: Edit["mode"]): Choice | null {
    if (asked === undefined || asked === (current.mode ?? "all")) return null;
    return { action: "subscription.mode", detail: { mode: asked }, put: { mode: asked } };
  }

  function calling(current: Subscription, change: EndpointChange): Choice | null {
    const made = change(current);
    if (made === null) return null;
    return { action: "subscription.update", detail: { set: made.set }, put: { endpoint: made.endpoint } };
  }

  function heartbeat(current: Subscription, asked: Edit["heartbeat_s"]): Choice | null {
    const wanted = asked === 0 ? null : asked;
    if (wanted === undefined || wanted === (current.heartbeatS || null)) return null;
    return {
      action: "subscription.heartbeat",
      detail: { heartbeat_s: wanted },
      put: { heartbeatS: wanted ?? 0 },
    };
  }

  /** Names of what was set go into the audit, never values: some are secrets. */
  function options(current: Subscription, body: Edit): (Choice & { readonly newSecret: string | null }) | null {
    const given = optionsOf(body);
    const set = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    if (set.length === 0) return null;
    const signs = current.extraSignatures.includes("ed25519");
    const fresh = (secret = newSecret()): SigningSecret => ({
      secret,
      until: null,
      ...(signs && { key: newSigningKey() }),
    });
    const made = withOptions(current, current.endpoint.url, given, fresh);
    return { action: "subscription.update", detail: { set }, put: made.subscription, newSecret: made.newSecret };
  }

  return [
    route({
      method: "PATCH",
      path: "/v1/subscriptions/:id",
      summary:
        "Choose the signatures of its deliveries, their order and mode, whether minutes are repeated, its pace, when it is disabled, and" +
        " how integrations are delivered.",
      roles: owners,
      body: edit,
      answer: subscriptionSchema.extend({ signing_secret: z.string().optional().describe("A new one that was made.") }),
      handle: async ({ who, params, body }) => {
        const { id, dialect } = await owned(deps, who, params["id"]!);
        if (dialect !== "butlr" && body.repeat_minutes !== undefined) throw repeatsElsewhere();
        if (dialect !== "butterflymx" && Object.values(optionsOf(body)).some((each) => each !== undefined)) {
          throw new BelfryError("INVALID", "Only ButterflyMX integrations have these options. Leave them out here.");
        }
        const call = endpointChange(body, deps, clock.now());
        const changed = await changeOwned(deps, who, id, (current) => {
          const found = [
            signatures(current, body.signatures),
            repeats(current, body.repeat_minutes),
            order(current, body.order),
            mode(current, body.mode),
            heartbeat(current, body.heartbeat_s),
            calling(current, call),
          ];
          const choices = [...found.filter((choice) => choice !== null), ...paceChoices(current, body)];
          const at = clock.now();
          const signed = choices.reduce<Subscription>((all, { put }) => ({ ...all, ...put }), current);
          // Last: a new secret signs in whichever ways were just chosen.
          const option = options(signed, body);
          if (option !== null && JSON.stringify(option.put) !== JSON.stringify(signed)) choices.push(option);
          if (choices.length === 0) return { audit: [], result: { subscription: current, secret: null } };
          const subscription = { ...signed, ...option?.put, updatedAt: at };
          const audit = choices.map(({ action, detail }) => {
            return { at, actor: who.key, action, object: id, detail: JSON.stringify(detail) };
          });
          return { put: [subscription], audit, result: { subscription, secret: option?.newSecret ?? null } };
        });
        const { subscription, secret } = changed;
        const shown = showSubscription(subscription, who, await deps.lane(subscription.number), deps.autoDisableMs);
        return { ...shown, ...(secret === null ? {} : { signing_secret: secret }) };
      },
    }),
  ];
}

const optionsOf = (body: Edit): OptionsInput => ({
  format: body.payload_format,
  secrecy: body.secrecy,
  includeLocked: body.include_locked,
  secret: body.secret,
});

const repeatsElsewhere = () =>
  new BelfryError(
    "INVALID",
    "repeat_minutes repeats the minutes of occupancy, which Butlr webhooks alone can take. Leave it out for an integration.",
  );
