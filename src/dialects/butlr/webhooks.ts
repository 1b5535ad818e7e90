// The rules of Butlr's webhooks as pure functions: what is stored and what is asked for give what shall be stored, or an
// error and no change at all [design §4.13]. Inputs come here checked (input.ts).

import { BelfryError } from "../../errors.ts";
import { afterAct, type OwnerAct } from "../../model/owner-acts.ts";
import { isSameOrigin, keptAt } from "../../model/endpoint.ts";
import { rotateSecrets } from "../../model/signing-secrets.ts";
import type { AuditEntry } from "../../store/registry.ts";
import type { Endpoint, LaneSettings, SigningSecret, Subscription } from "../../model/subscription.ts";
import type { Decision } from "../../store/change-organization.ts";
import { doubleHeaders, doubleTypes, found, repeated } from "./conflicts.ts";
import { filtersOf } from "./filters.ts";
import { type CreateInput, type EndpointInput, refuse, type UpdateInput } from "./input.ts";
import { firstName } from "./types.ts";

/** What chance and the store give to a new webhook. */
export interface Fresh {
  readonly number: number;
  readonly id: string;
  readonly signingSecret: string;
}

/** Makes the secret of a webhook, with a key where its deliveries have ed25519 signatures. */
export type NewSigningSecret = (subscription: Subscription) => SigningSecret;

export interface WebhookContext {
  readonly organization: string;
  readonly now: number;
  /** Id of the key that acts. */
  readonly actor: string;
  readonly newSecret: NewSigningSecret;
}

/** What a mutation comes to: both lists are always there. */
export interface SubscriptionDecision<Result> extends Decision<Result> {
  readonly put: readonly Subscription[];
  readonly remove: readonly number[];
}

/** `fresh` has one entry per input. */
export function create(
  stored: readonly Subscription[],
  inputs: readonly CreateInput[],
  fresh: readonly Fresh[],
  context: WebhookContext,
): SubscriptionDecision<readonly Subscription[]> {
  const put = inputs.map((input, index) => made(input, fresh[index]!, context));
  refuse([...doubleTypes(stored, put, (index) => `input[${index}]`), ...doubleHeaders(put)]);
  return {
    put,
    remove: [],
    audit: put.map((one) => entry("subscription.create", one, context, described(one))),
    result: put,
  };
}

/** A webhook that goes to another origin has a new signing secret in the result. */
export function update(
  stored: readonly Subscription[],
  inputs: readonly UpdateInput[],
  context: WebhookContext,
): SubscriptionDecision<readonly Subscription[]> {
  const ids = inputs.map(({ id }) => id);
  const before = found(stored, ids, (index) => `input[${index}].id`);
  refuse(repeated(ids));
  const put = inputs.map((input, index) => changed(before[index]!, input, context));
  const kept = stored.filter(({ number }) => !put.some((one) => one.number === number));
  refuse([...doubleTypes(kept, put, (index) => put[index]!.id), ...doubleHeaders(put)]);
  const audit = put.map((one, index) =>
    entry("subscription.update", one, context, { fields: Object.keys(inputs[index]!).filter((key) => key !== "id") }),
  );
  return { put, remove: [], audit, result: put };
}

/** A new secret signs from now on; those of before beside it for `overlap` ms. */
export function rotateSecret(
  stored: readonly Subscription[],
  id: string,
  overlap: number,
  context: WebhookContext,
): SubscriptionDecision<Subscription> {
  const [before] = found(stored, [id], () => "id");
  const signingSecrets = rotateSecrets(before!.signingSecrets, context.newSecret(before!), context.now, overlap);
  if (signingSecrets === null) {
    throw new BelfryError(
      "CONFLICT",
      "Too many earlier secrets still sign. Wait until one has ended, or overlap less.",
    );
  }
  const put = { ...before!, signingSecrets, updatedAt: context.now };
  return { put: [put], remove: [], audit: [entry("signing_secret.rotate", put, context, {})], result: put };
}

/** Pauses or resumes, all or none. Naming an id twice does it once, and what is so already stays as it is. */
export function act(
  stored: readonly Subscription[],
  ids: readonly string[],
  which: OwnerAct,
  context: WebhookContext,
): SubscriptionDecision<readonly Subscription[]> {
  const named = found(stored, [...new Set(ids)], () => "ids");
  const pause = { at: context.now, by: context.actor };
  const put = named.flatMap((one) => afterAct(one, which, pause, "") ?? []);
  return {
    put,
    remove: [],
    audit: put.map((one) => entry(`subscription.${which}`, one, context, {})),
    result: named.map((one) => put.find(({ number }) => number === one.number) ?? one),
  };
}

/** Naming an id twice deletes it once. */
export function remove(
  stored: readonly Subscription[],
  ids: readonly string[],
  context: WebhookContext,
): SubscriptionDecision<true> {
  const gone = [...new Set(found(stored, ids, (index) => `ids[${index}]`))];
  return {
    put: [],
    remove: gone.map(({ number }) => number),
    audit: gone.map((one) => entry("subscription.delete", one, context, described(one))),
    result: true,
  };
}

/** What the client must get back as it was sent. */
interface WebhookDocument {
  readonly filters: unknown;
}

/** The filters as their owner wrote them. */
export const sentFilters = (subscription: Subscription): unknown =>
  (JSON.parse(subscription.document) as WebhookDocument).filters;

function made(input: CreateInput, fresh: Fresh, { organization, now }: WebhookContext): Subscription {
  return {
    number: fresh.number,
    id: fresh.id,
    organization,
    dialect: "butlr",
    name: input.name,
    scope: { kind: "organization" },
    bindings: bindings(input.event_types),
    ...filtered(input.filters),
    sendOnValueChange: input.send_on_value_change ?? false,
    repeatMinutes: 0,
    endpoint: endpoint(input.endpoint_config, null),
    signingSecrets: [{ secret: fresh.signingSecret, until: null }],
    extraSignatures: [],
    lane: lane(input, { maxInFlight: null, retryDelays: null }),
    state: "active",
    disabledReason: null,
    createdAt: now,
    updatedAt: now,
  };
}

/** Absent keeps; null removes what is optional and keeps the rest. Any change wakes a disabled webhook, since Butlr's clients
 * know no other way to; a pause stays. */
function changed(before: Subscription, input: UpdateInput, { now, newSecret }: WebhookContext): Subscription {
  const moved = input.endpoint_config && !isSameOrigin(input.endpoint_config.url, before.endpoint.url);
  return {
    ...before,
    name: input.name ?? before.name,
    bindings: input.event_types ? bindings(input.event_types) : before.bindings,
    ...(input.filters === undefined ? {} : filtered(input.filters)),
    sendOnValueChange:
      input.send_on_value_change === undefined ? before.sendOnValueChange : (input.send_on_value_change ?? false),
    // What let Belfry in at one host is never told to another.
    endpoint: input.endpoint_config ? endpoint(input.endpoint_config, moved ? null : before.endpoint) : before.endpoint,
    signingSecrets: moved ? [newSecret(before)] : before.signingSecrets,
    lane: lane(input, before.lane),
    state: "active",
    disabledReason: null,
    updatedAt: now,
  };
}

function lane({ retry_policy: policy, concurrency }: CreateInput | UpdateInput, before: LaneSettings): LaneSettings {
  return {
    ...before,
    maxInFlight: concurrency === undefined ? before.maxInFlight : concurrency,
    retryDelays:
      policy === undefined ? before.retryDelays : (policy?.delays_s.map((seconds) => seconds * 1000) ?? null),
  };
}

const bindings = (types: readonly string[]) =>
  types.map((type) => ({ type: firstName(type), variant: 0, resource: null }));

/** The filters as matching wants them, and as their owner wrote them. */
export function filtered(filters: unknown): Pick<Subscription, "filters" | "document"> {
  const document: WebhookDocument = { filters: filters ?? null };
  return { filters: filtersOf(filters), document: JSON.stringify(document) };
}

function endpoint(input: EndpointInput, before: Endpoint | null): Endpoint {
  const { api_key: key, basic_auth: basic } = input;
  return {
    url: input.url,
    timeoutMs: input.http_timeout * 1000,
    apiKey: key === undefined ? (before?.apiKey ?? null) : key && { name: key.key, value: key.value },
    basicAuth:
      basic === undefined
        ? (before?.basicAuth ?? null)
        : basic && { username: basic.username, password: basic.password },
    ...(before && keptAt(input.url, before)),
  };
}

function entry(action: string, { id }: Subscription, { now, actor }: WebhookContext, detail: object): AuditEntry {
  return { at: now, actor, action, object: id, detail: JSON.stringify(detail) };
}

/** For the audit. No address: its query may hold a token. */
const described = ({ name, bindings }: Subscription) => ({ name, event_types: bindings.map(({ type }) => type) });
