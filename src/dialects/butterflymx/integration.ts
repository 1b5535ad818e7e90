// An integration as the vendor's clients write and read it. Pure: checks a body, finding every fault, and shows a
// subscription. POST and PUT take the same body, both as full replacements.

import type { Problem } from "../../errors.ts";
import { mostHeaders, type OptionsInput } from "../../model/delivery-options.ts";
import {
  type Binding,
  type PayloadOptions,
  payloadFormats,
  publicKeyOf,
  type Subscription,
  usualPayload,
} from "../../model/subscription.ts";
import { sharedSecretForm, sharedSecretMust } from "../../shared-secret.ts";
import { actionsOf, pairOf, resourceTypes } from "./types.ts";

export interface BoundResource {
  readonly resource_type: string;
  readonly actions: readonly string[];
  /** The one access point or device meant, as the client named it. */
  readonly resource_id: string | null;
}

/** What a client wants. Where there are faults, what was readable. */
export interface IntegrationInput {
  /** As given, byte for byte; null when there is none to judge. */
  readonly url: string | null;
  /** One per binding sent; null: it has faults. */
  readonly bindings: readonly (BoundResource | null)[];
  readonly options: OptionsInput;
  readonly faults: readonly Problem[];
}

type IntegrationMembers = Readonly<Record<string, unknown>>;

/** Unknown members are refused at the root only, where the vendor's schema forbids them. */
export function readIntegration(body: unknown): IntegrationInput {
  const faults: Problem[] = [];
  const root = members(body);
  if (root === undefined)
    return { url: null, bindings: [], options: {}, faults: [invalid("base", "must be a JSON object")] };
  for (const name of Object.keys(root)) {
    if (name !== "data") faults.push(invalid(name, "is not known here; everything belongs into data"));
  }
  const data = required(root["data"], "data", faults);
  if (data !== undefined) oneOf(data["type"], "data.type", ["integrations"], faults);
  const attributes = data === undefined ? undefined : required(data["attributes"], "data.attributes", faults);
  if (attributes === undefined) return { url: null, bindings: [], options: {}, faults };

  oneOf(attributes["integrator"], "integrator", ["webhook"], faults);
  const configuration = required(attributes["configuration"], "configuration", faults);
  const url = configuration === undefined ? null : readUrl(configuration["url"], faults);
  const method = configuration?.["method"];
  // The schema requires no member here, and there is only one method.
  if (method !== undefined) {
    oneOf(typeof method === "string" ? method.toLowerCase() : method, "configuration.method", ["post"], faults);
  }
  const options = configuration === undefined ? {} : readOptions(configuration, faults);
  return { url, bindings: readBindings(attributes["bindings"], faults), options, faults };
}

/** Ours, beside what the vendor documents. `header_names` is what we show, and says nothing when it comes back. */
function readOptions(configuration: IntegrationMembers, faults: Problem[]): OptionsInput {
  const { headers, payload_format: format, secrecy, include_locked: includeLocked, secret } = configuration;
  const at = (name: string) => `configuration.${name}`;
  if (format !== undefined && format !== null) oneOf(format, at("payload_format"), payloadFormats, faults);
  for (const [name, value] of Object.entries({ secrecy, include_locked: includeLocked })) {
    if (value !== undefined && value !== null && typeof value !== "boolean") {
      faults.push(invalid(at(name), "must be true or false"));
    }
  }
  const pairs = headers === undefined || headers === null ? [] : Object.entries(members(headers) ?? { "": null });
  if (pairs.length > mostHeaders || pairs.some(([, value]) => typeof value !== "string")) {
    faults.push(invalid(at("headers"), `must be an object of at most ${mostHeaders} names and text values`));
  }
  if (secret !== undefined && secret !== null && !(typeof secret === "string" && sharedSecretForm.test(secret))) {
    faults.push(invalid(at("secret"), sharedSecretMust));
  }
  return { headers, format, secrecy, includeLocked, secret } as OptionsInput;
}

function readUrl(url: unknown, faults: Problem[]): string | null {
  if (isBlank(url)) faults.push(blank("configuration.url"));
  else if (typeof url !== "string") faults.push(invalid("configuration.url", "must be text"));
  else return url;
  return null;
}

function readBindings(given: unknown, faults: Problem[]): IntegrationInput["bindings"] {
  if (isBlank(given) || (Array.isArray(given) && given.length === 0)) faults.push(blank("bindings"));
  else if (!Array.isArray(given)) faults.push(invalid("bindings", "must be a list"));
  else return given.map((binding: unknown, index) => readBinding(binding, `bindings.${index}`, faults));
  return [];
}

function readBinding(given: unknown, field: string, faults: Problem[]): BoundResource | null {
  const before = faults.length;
  const binding = required(given, field, faults);
  if (binding === undefined) return null;
  const { resource_type: type, actions, resource_id: resource } = binding;
  oneOf(type, `${field}.resource_type`, resourceTypes, faults);
  const known = faults.length === before ? actionsOf(String(type)) : null;
  if (isBlank(actions) || (Array.isArray(actions) && actions.length === 0)) faults.push(blank(`${field}.actions`));
  else if (!Array.isArray(actions)) faults.push(invalid(`${field}.actions`, "must be a list"));
  else if (known !== null) for (const action of actions) oneOf(action, `${field}.actions`, known, faults);
  if (resource !== undefined && resource !== null && !isId(resource)) {
    faults.push(invalid(`${field}.resource_id`, "must be the id of an access point or a device, or null"));
  }
  if (faults.length > before) return null;
  return {
    resource_type: String(type),
    actions: (actions as readonly unknown[]).map(String),
    resource_id: isId(resource) ? String(resource) : null,
  };
}

/** In the order of the client, because the first one that fits names the event; what it repeats is there once. `ids[i]` is
 * the record that the i-th one singles out, by its id in the model. */
export function toBindings(bound: readonly BoundResource[], ids: readonly (string | null)[]): readonly Binding[] {
  const found = new Map<string, Binding>();
  for (const [index, { resource_type, actions }] of bound.entries()) {
    const resource = ids[index] ?? null;
    for (const action of actions) {
      const { type, variant } = pairOf(resource_type, action)!;
      const key = `${type} ${resource ?? ""}`;
      if (!found.has(key)) found.set(key, { type, variant, resource });
    }
  }
  return [...found.values()];
}

/** What the client must get back as it was sent. */
export const toDocument = (bindings: readonly BoundResource[]): string => JSON.stringify({ bindings });

/** The vendor documents no answer; this one satisfies every client known, of v4 and of the v3 SDK [butterflymx.md §2.3]. */
export function show(subscription: Subscription, signingSecret: string | null = null): object {
  const { url, headers = {} } = subscription.endpoint;
  const configuration = { url, method: "post", ...shownOptions(subscription.payload ?? usualPayload, headers) };
  const { bindings } = JSON.parse(subscription.document) as { readonly bindings: readonly BoundResource[] };
  const publicKey = publicKeyOf(subscription);
  return {
    id: subscription.id,
    type: "integrations",
    attributes: {
      integrator: "webhook",
      configuration,
      config: configuration,
      bindings,
      ...(signingSecret === null ? {} : { signing_secret: signingSecret }),
      ...(publicKey === null ? {} : { signing_public_key: publicKey }),
    },
  };
}

/** Only what was set: a client of the vendor gets back what it sent. Values of headers are for the receiver alone. */
function shownOptions({ format, secrecy, includeLocked }: PayloadOptions, headers: Readonly<Record<string, string>>) {
  return {
    ...(format === usualPayload.format ? {} : { payload_format: format }),
    ...(secrecy ? { secrecy } : {}),
    ...(includeLocked ? { include_locked: includeLocked } : {}),
    ...(Object.keys(headers).length === 0 ? {} : { header_names: Object.keys(headers) }),
  };
}

function required(value: unknown, field: string, faults: Problem[]): IntegrationMembers | undefined {
  const found = members(value);
  if (found === undefined) faults.push(isBlank(value) ? blank(field) : invalid(field, "must be an object"));
  return found;
}

function oneOf(value: unknown, field: string, allowed: readonly string[], faults: Problem[]): void {
  if (isBlank(value)) faults.push(blank(field));
  else if (typeof value !== "string" || !allowed.includes(value)) {
    faults.push({ path: field, code: "inclusion", message: `must be one of: ${allowed.join(", ")}` });
  }
}

const isBlank = (value: unknown): boolean => value === undefined || value === null || value === "";
const isId = (value: unknown): value is string | number =>
  typeof value === "string" ? value !== "" : Number.isSafeInteger(value);

const members = (value: unknown): IntegrationMembers | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as IntegrationMembers) : undefined;

const blank = (path: string): Problem => ({ path, code: "blank", message: "can't be blank" });
const invalid = (path: string, message: string): Problem => ({ path, code: "invalid", message });
