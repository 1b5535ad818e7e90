// What POST and PATCH /v1/subscriptions may say, and the subscription that comes of it: what it takes, how it is signed, in which
// order, how its receiver is called, at which rate, after how long without success it is disabled. A field that is absent stays.

import { z } from "zod";
import { BelfryError, type Problem } from "../../errors.ts";
import { type OptionsInput, withOptions } from "../../model/delivery-options.ts";
import { extraSignatures, payloadFormats, type SigningSecret, type Subscription } from "../../model/subscription.ts";
import type { Around } from "../../dialects/subscribing.ts";
import { sharedSecretForm, sharedSecretMust } from "../../shared-secret.ts";
import { mustBe } from "../schema-messages.ts";
import type { OperatorDeps } from "./deps.ts";
import { type EndpointChange, endpointChange, endpointFields } from "./endpoint-settings.ts";
import { type Choice, paceChoices, paceFields } from "./pace-settings.ts";
import { fault, type Step, takingFaults, takingFields, takingSteps } from "./taking-settings.ts";
import {
  deliveryMode,
  deliveryOrder,
  modeMeans,
  orderMeans,
  repeatMinutes,
  signatureName,
} from "./subscription-view.ts";

const [leastHeartbeatS, mostHeartbeatS] = [10, 86_400];
const heartbeatMust = {
  error: mustBe(`a whole number from ${leastHeartbeatS} to ${mostHeartbeatS}, or 0 or null for never`),
};

export const editFields = {
  ...takingFields,
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
    .union(
      [z.literal(0), z.number().int().min(leastHeartbeatS, heartbeatMust).max(mostHeartbeatS, heartbeatMust)],
      heartbeatMust,
    )
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
};

const edit = z.object(editFields);
export type Edit = z.output<typeof edit>;

export interface Edited {
  readonly subscription: Subscription;
  /** What differs from before; empty: nothing. */
  readonly choices: readonly Choice[];
  /** A secret that was made; null: none was. */
  readonly newSecret: string | null;
}

/** Throws what is wrong with what is stored now. */
export type ApplyEdit = (current: Subscription, around: Around) => Edited;

/** What can be told without the subscription as it is stored is judged at once: throws one error with every fault. */
export async function prepareEdit(
  body: Edit,
  of: Pick<Subscription, "organization" | "dialect">,
  deps: OperatorDeps,
): Promise<ApplyEdit> {
  const rules = deps.subscribing(of.dialect);
  refuse([
    ...takingFaults(body, rules),
    ...dialectFaults(body, of),
    ...(await urlFaults(body, of, deps)),
    ...(await retryFaults(body, of, deps)),
  ]);
  const call = endpointChange(body, deps, deps.clock.now());
  return (before, around) => {
    const faults: Problem[] = [];
    const steps = [
      ...takingSteps(body, rules, around, () => freshSecret(before, deps), faults),
      ...deliverySteps(body, call, deps),
    ];
    const choices: Choice[] = [];
    let [subscription, newSecret]: [Subscription, string | null] = [before, null];
    for (const step of steps) {
      const choice = step(subscription);
      refuse(faults);
      if (choice === null) continue;
      choices.push(choice);
      subscription = { ...subscription, ...choice.put };
      newSecret = choice.newSecret ?? newSecret;
    }
    if (body.api_key !== undefined || body.basic_auth !== undefined) refuse(credentialFaults(subscription, deps));
    return { subscription, choices, newSecret };
  };
}

/** One error for all faults; its message is the first of them. */
export function refuse(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const code = ownCodes.find((each) => problems.every((problem) => problem.code === each)) ?? "INVALID";
  throw new BelfryError(code, `${first.path} ${first.message}`, { problems });
}

const ownCodes = ["ADDRESS_NOT_ALLOWED", "EVENT_TYPE_ALREADY_SUBSCRIBED"] as const;

function dialectFaults(body: Edit, { dialect }: Pick<Subscription, "dialect">): readonly Problem[] {
  const faults: Problem[] = [];
  if (dialect !== "butlr" && body.repeat_minutes !== undefined) {
    const message =
      "repeats the minutes of occupancy, which Butlr webhooks alone can take. Leave it out for an integration.";
    faults.push(fault("repeat_minutes", message));
  }
  if (dialect !== "butterflymx") {
    for (const name of ["payload_format", "secrecy", "include_locked", "secret"] as const) {
      if (body[name] !== undefined) {
        faults.push(fault(name, "is an option that only ButterflyMX integrations have. Leave it out here."));
      }
    }
  }
  return faults;
}

async function urlFaults(
  { url }: Edit,
  { organization }: Pick<Subscription, "organization">,
  { judgeUrl }: OperatorDeps,
): Promise<readonly Problem[]> {
  if (url === undefined) return [];
  const verdict = await judgeUrl(url, organization);
  return verdict.allowed ? [] : [fault("url", `is refused: ${verdict.message}`, "ADDRESS_NOT_ALLOWED")];
}

/** Retries must end while the event is kept. */
async function retryFaults(
  { retry_delays_s: delays }: Edit,
  { organization }: Pick<Subscription, "organization">,
  { registry, retention }: OperatorDeps,
): Promise<readonly Problem[]> {
  if (!delays) return [];
  const kept = (await registry.retention(organization)).events ?? retention.usual.events;
  if (retention.retryWindowMs(delays.map((seconds) => seconds * 1000)) < kept) return [];
  const hours = Math.floor(kept / 3_600_000);
  return [fault("retry_delays_s", `must end before events are forgotten, after ${hours} hours.`)];
}

/** A header may be there once, whatever names it. */
function credentialFaults({ endpoint }: Subscription, { headers }: OperatorDeps): readonly Problem[] {
  const { apiKey, basicAuth } = endpoint;
  const alone = apiKey === null ? null : headers({ [apiKey.name]: apiKey.value }, { apiKey: null, basicAuth });
  if (alone?.allowed === false) return [fault("api_key", `is refused: ${alone.message}`)];
  const beside = headers(endpoint.headers ?? {}, endpoint);
  return beside.allowed ? [] : [fault("headers", `is refused: ${beside.message}`)];
}

const freshSecret = ({ extraSignatures: extra }: Subscription, deps: OperatorDeps, secret = deps.newSecret()) => ({
  secret,
  until: null,
  ...(extra.includes("ed25519") && { key: deps.newSigningKey() }),
});

function deliverySteps(body: Edit, call: EndpointChange, deps: OperatorDeps): readonly Step[] {
  return [
    (current) => signatures(current, body.signatures, deps),
    (current) => repeats(current, body.repeat_minutes),
    (current) => order(current, body.order),
    (current) => mode(current, body.mode),
    (current) => heartbeat(current, body.heartbeat_s),
    (current) => calling(current, call),
    ...[{ rate_limit: body.rate_limit }, { auto_disable_after_s: body.auto_disable_after_s }].map(
      (pace): Step =>
        (current) =>
          paceChoices(current, pace)[0] ?? null,
    ),
    // Last: a new secret signs in whichever ways were just chosen.
    (current) => options(current, body, deps),
  ];
}

function signatures(current: Subscription, asked: Edit["signatures"], deps: OperatorDeps): Choice | null {
  const wanted = extraSignatures.filter((each) => asked?.includes(each));
  if (asked === undefined || wanted.join() === current.extraSignatures.join()) return null;
  const signingSecrets = wanted.includes("ed25519") ? withKey(current, deps) : current.signingSecrets;
  return {
    action: "subscription.signatures",
    detail: { signatures: ["standard", ...wanted] },
    put: { extraSignatures: wanted, signingSecrets },
  };
}

/** The current secret gets a key when one is first asked for, and keeps it: receivers hold the public key. */
const withKey = ({ signingSecrets }: Subscription, deps: OperatorDeps): Subscription["signingSecrets"] =>
  signingSecrets.map((each) => (each.until !== null || each.key ? each : { ...each, key: deps.newSigningKey() }));

function repeats(current: Subscription, asked: Edit["repeat_minutes"]): Choice | null {
  if (asked === undefined || asked === current.repeatMinutes) return null;
  return { action: "subscription.repeat_minutes", detail: { repeat_minutes: asked }, put: { repeatMinutes: asked } };
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
  return { action: "subscription.heartbeat", detail: { heartbeat_s: wanted }, put: { heartbeatS: wanted ?? 0 } };
}

/** Names of what was set go into the audit, never values: some are secrets. */
function options(current: Subscription, body: Edit, deps: OperatorDeps): ReturnType<Step> {
  const given = optionsOf(body);
  const set = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (set.length === 0) return null;
  const fresh = (secret?: string): SigningSecret => freshSecret(current, deps, secret);
  const made = withOptions(current, current.endpoint.url, given, fresh);
  if (JSON.stringify(made.subscription) === JSON.stringify(current)) return null;
  const choice = { action: "subscription.update", detail: { set }, put: made.subscription };
  return made.newSecret === null ? choice : { ...choice, newSecret: made.newSecret };
}

const optionsOf = (body: Edit): OptionsInput => ({
  format: body.payload_format,
  secrecy: body.secrecy,
  includeLocked: body.include_locked,
  secret: body.secret,
});
