// What a subscription takes and where it goes, as POST and PATCH /v1/subscriptions set it: name, URL, types, filters, credentials,
// time limit, retries, width. Types and filters follow the rules of the dialect [dialects/subscribing.ts].

import { z } from "zod";
import { basicAuthFaults } from "../../model/basic-auth.ts";
import type { Problem } from "../../errors.ts";
import { isSameOrigin, keptAt } from "../../model/endpoint.ts";
import type { SigningSecret, Subscription } from "../../model/subscription.ts";
import type { Around, Subscribing } from "../../dialects/subscribing.ts";
import { mustBe } from "../schema-messages.ts";
import type { Choice } from "./pace-settings.ts";

const day = 86_400;

export const takingFields = {
  name: z
    .string()
    .max(200)
    .regex(/\S/, "must have 1 to 200 characters, not only blanks")
    .optional()
    .describe("What people call it."),
  url: z.string().max(2_000).optional().describe("Where deliveries go. Another origin gets a new secret."),
  types: z
    .array(
      z.union([z.string().max(100), z.strictObject({ type: z.string().max(100), resource: z.string().nullable() })], {
        error: mustBe("the name of an event type, or an object with its type and a resource"),
      }),
    )
    .max(1_000)
    .optional()
    .describe(
      "Such as ROOM_OCCUPANCY, access_log.create or door_release.create. Of an integration also of one door or panel:" +
        ' `{"type": "call.create", "resource": "panel_main"}`.',
    ),
  filters: z
    .record(z.string(), z.unknown())
    .nullable()
    .optional()
    .describe("Of Butlr webhooks only, as at their API; null: none."),
  send_on_value_change: z.boolean().optional().describe("Of Butlr webhooks only: only values that have changed."),
  api_key: z
    .strictObject({ name: z.string(), value: z.string() })
    .nullable()
    .optional()
    .describe("Of Butlr webhooks only: a header by which the receiver lets Belfry in. Its value is never shown."),
  basic_auth: z
    .strictObject({ username: z.string(), password: z.string() })
    .nullable()
    .optional()
    .describe("Of Butlr webhooks only. The password is never shown."),
  timeout_s: z
    .number()
    .min(1)
    .max(15)
    .nullable()
    .optional()
    .describe("How long an attempt may take; null: as the installation says."),
  retry_delays_s: z
    .array(z.number().min(1).max(day))
    .max(20)
    .nullable()
    .optional()
    .describe("Seconds between attempts, one for each retry; null: as the installation says."),
  max_in_flight: z
    .number()
    .int()
    .min(1)
    .max(64)
    .nullable()
    .optional()
    .describe("Attempts at a time; null: as the installation says."),
};

const edit = z.object(takingFields);
export type TakingEdit = z.output<typeof edit>;

/** What is wrong whatever is stored. `rules`: of the dialect. */
export function takingFaults(body: TakingEdit, rules: Subscribing): readonly Problem[] {
  const faults: Problem[] = [];
  for (const name of ["api_key", "basic_auth"] as const) {
    if (body[name] && !rules.hasCredentials) {
      faults.push(fault(name, "is for webhooks of Butlr alone. Give an integration a header instead, in `headers`."));
    }
  }
  for (const { field, message } of body.basic_auth ? basicAuthFaults(body.basic_auth) : []) {
    faults.push(fault(`basic_auth.${field}`, message));
  }
  return faults;
}

export const fault = (path: string, message: string, code = "INVALID"): Problem => ({ path, code, message });

/** Each takes the subscription as the one before left it; null: it changes nothing. */
export type Step = (current: Subscription) => (Choice & { readonly newSecret?: string }) | null;

/** `fresh` makes a secret. `faults` gets what is wrong beside what is stored. */
export function takingSteps(
  body: TakingEdit,
  rules: Subscribing,
  around: Around,
  fresh: () => SigningSecret,
  faults: Problem[],
): readonly Step[] {
  return [
    (current) => (body.name === undefined ? null : unlessSame(current, "name", { name: body.name })),
    (current) => (body.url === undefined ? null : moved(current, body.url, fresh)),
    (current) => taken(current, body, rules, around, faults),
    (current) => unlessSame(current, "credentials", { endpoint: { ...current.endpoint, ...credentials(body) } }),
    (current) => unlessSame(current, "lane", { lane: { ...current.lane, ...laneOf(body) } }),
  ];
}

function unlessSame(current: Subscription, what: string, put: Partial<Subscription>): Choice | null {
  const isSame = Object.entries(put).every(
    ([name, value]) => JSON.stringify(value) === JSON.stringify(current[name as keyof Subscription]),
  );
  return isSame ? null : { action: "subscription.update", detail: { set: [what] }, put };
}

/** What let Belfry in at one host is never told to another, and whoever has the secret of one cannot speak to another. */
function moved(current: Subscription, url: string, fresh: () => SigningSecret): ReturnType<Step> {
  const { endpoint } = current;
  if (url === endpoint.url) return null;
  const detail = { set: ["url"] };
  if (isSameOrigin(url, endpoint.url)) {
    return { action: "subscription.update", detail, put: { endpoint: { ...endpoint, url } } };
  }
  const bare = { url, timeoutMs: endpoint.timeoutMs, apiKey: null, basicAuth: null, ...keptAt(url, endpoint) };
  const made = fresh();
  const put = { endpoint: bare, signingSecrets: [made] };
  return { action: "subscription.update", detail, put, newSecret: made.secret };
}

function taken(
  current: Subscription,
  { types, filters, send_on_value_change: sendOnValueChange }: TakingEdit,
  rules: Subscribing,
  around: Around,
  faults: Problem[],
): Choice | null {
  if (types === undefined && filters === undefined && sendOnValueChange === undefined) return null;
  const wanted = types?.map((each) => (typeof each === "string" ? { type: each, resource: null } : each));
  const next = rules.take(current, { types: wanted, filters, sendOnValueChange }, around);
  if (!("number" in next)) {
    faults.push(...next);
    return null;
  }
  const { bindings, filters: passing, document, payload } = next;
  const put = { bindings, filters: passing, document, sendOnValueChange: next.sendOnValueChange };
  return unlessSame(current, "types", { ...put, ...(payload && { payload }) });
}

const credentials = ({ api_key: key, basic_auth: basic, timeout_s: timeout }: TakingEdit) => ({
  ...(timeout === undefined ? {} : { timeoutMs: timeout === null ? null : timeout * 1000 }),
  ...(key === undefined ? {} : { apiKey: key }),
  ...(basic === undefined ? {} : { basicAuth: basic }),
});

const laneOf = ({ retry_delays_s: delays, max_in_flight: width }: TakingEdit) => ({
  ...(width === undefined ? {} : { maxInFlight: width }),
  ...(delays === undefined ? {} : { retryDelays: delays?.map((seconds) => Math.round(seconds * 1000)) ?? null }),
});
