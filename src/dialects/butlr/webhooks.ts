// The rules of Butlr's webhooks as pure functions: what is stored and what is asked for give what shall be stored, or an
// error and no change at all [design §4.13]. Inputs come here checked (input.ts).

import type { AuditEntry } from "../../store/registry.ts";
import type { Endpoint, Subscription } from "../../model/subscription.ts";
import type { Decision } from "../../store/change-organization.ts";
import { doubleAuthorization, doubleTypes, found, repeated } from "./conflicts.ts";
import { filtersOf } from "./filters.ts";
import { type CreateInput, type EndpointInput, refuse, type UpdateInput } from "./input.ts";
import { firstName } from "./types.ts";

/** What chance and the store give to a new webhook. */
export interface Fresh {
  readonly number: number;
  readonly id: string;
  readonly signingSecret: string;
}

export interface WebhookContext {
  readonly organization: string;
  readonly now: number;
  /** Id of the key that acts. */
  readonly actor: string;
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
  refuse([...doubleTypes(stored, put, (index) => `input[${index}]`), ...doubleAuthorization(put)]);
  return {
    put,
    remove: [],
    audit: put.map((one) => entry("subscription.create", one, context, described(one))),
    result: put,
  };
}

export function update(
  stored: readonly Subscription[],
  inputs: readonly UpdateInput[],
  context: WebhookContext,
): SubscriptionDecision<readonly Subscription[]> {
  const ids = inputs.map(({ id }) => id);
  const before = found(stored, ids, (index) => `input[${index}].id`);
  refuse(repeated(ids));
  const put = inputs.map((input, index) => changed(before[index]!, input, context.now));
  const kept = stored.filter(({ number }) => !put.some((one) => one.number === number));
  refuse([...doubleTypes(kept, put, (index) => put[index]!.id), ...doubleAuthorization(put)]);
  const audit = put.map((one, index) =>
    entry("subscription.update", one, context, { fields: Object.keys(inputs[index]!).filter((key) => key !== "id") }),
  );
  return { put, remove: [], audit, result: put };
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
    lane: { maxInFlight: null, retryDelays: null },
    state: "active",
    disabledReason: null,
    createdAt: now,
    updatedAt: now,
  };
}

/** Absent keeps, null removes; any change wakes a disabled webhook, since Butlr's clients know no other way to. */
function changed(before: Subscription, input: UpdateInput, now: number): Subscription {
  return {
    ...before,
    name: input.name ?? before.name,
    bindings: input.event_types ? bindings(input.event_types) : before.bindings,
    ...(input.filters === undefined ? {} : filtered(input.filters)),
    sendOnValueChange:
      input.send_on_value_change === undefined ? before.sendOnValueChange : (input.send_on_value_change ?? false),
    endpoint: input.endpoint_config ? endpoint(input.endpoint_config, before.endpoint) : before.endpoint,
    state: "active",
    disabledReason: null,
    updatedAt: now,
  };
}

const bindings = (types: readonly string[]) =>
  types.map((type) => ({ type: firstName(type), variant: 0, resource: null }));

function filtered(filters: unknown): Pick<Subscription, "filters" | "document"> {
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
  };
}

function entry(action: string, { id }: Subscription, { now, actor }: WebhookContext, detail: object): AuditEntry {
  return { at: now, actor, action, object: id, detail: JSON.stringify(detail) };
}

/** For the audit. No address: its query may hold a token. */
const described = ({ name, bindings }: Subscription) => ({ name, event_types: bindings.map(({ type }) => type) });
