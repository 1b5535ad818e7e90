// What stands in the form of a subscription, and what of it is told to the API. Pure: a change names only what differs, since an absent
// field stays as it is, and secrets are never shown to be given back.

import type { Dialect, Subscription } from "../../api/types.ts";
import { splitScope } from "../../words/scope.ts";
import { takenBy } from "../types.ts";

/** `keep`: as it is, whatever that is; `none`: without; `set`: as given here. */
export type Keeping = "keep" | "none" | "set";

export interface Draft {
  readonly dialect: Dialect;
  /** `building:ID`, `tenant:ID`, or `organization`. */
  readonly scope: string;
  readonly name: string;
  readonly url: string;
  /** By type; empty: of all records. */
  readonly types: Readonly<Record<string, readonly string[]>>;
  readonly filters: Readonly<Record<string, readonly string[]>>;
  readonly comparison: string;
  readonly people: string;
  readonly onChange: boolean;
  readonly headers: Keeping;
  readonly headerRows: readonly (readonly [name: string, value: string])[];
  readonly apiKey: Keeping;
  readonly apiKeyName: string;
  readonly apiKeyValue: string;
  readonly basic: Keeping;
  readonly username: string;
  readonly password: string;
  readonly client: Keeping;
  readonly certificate: string;
  readonly privateKey: string;
  readonly authorities: Keeping;
  readonly authoritiesPem: string;
  readonly timeout: string;
  readonly retries: "usual" | "own";
  readonly delays: string;
  readonly width: string;
  readonly isLimited: boolean;
  readonly perSecond: string;
  readonly burst: string;
  readonly order: string;
  readonly mode: string;
  readonly heartbeat: string;
  readonly disable: "keep" | "default" | "never" | "own";
  readonly disableAfter: string;
  readonly repeats: boolean;
  readonly format: string;
  readonly secrecy: boolean;
  readonly locked: boolean;
  readonly signatures: readonly string[];
}

export const emptyDraft: Draft = {
  dialect: "butlr",
  scope: "organization",
  name: "",
  url: "https://",
  types: {},
  filters: {},
  comparison: "",
  people: "",
  onChange: false,
  headers: "none",
  headerRows: [],
  apiKey: "none",
  apiKeyName: "x-api-key",
  apiKeyValue: "",
  basic: "none",
  username: "",
  password: "",
  client: "none",
  certificate: "",
  privateKey: "",
  authorities: "none",
  authoritiesPem: "",
  timeout: "",
  retries: "usual",
  delays: "",
  width: "",
  isLimited: false,
  perSecond: "",
  burst: "",
  order: "none",
  mode: "all",
  heartbeat: "",
  disable: "default",
  disableAfter: "",
  repeats: false,
  format: "both",
  secrecy: false,
  locked: false,
  signatures: [],
};

const kept = (isThere: boolean | null): Keeping => (isThere === true ? "keep" : "none");
const number = (value: number | null, by = 1): string => (value === null ? "" : String(value / by));

export function draftOf(subscription: Subscription): Draft {
  const { dialect, scope, endpoint, lane, rate_limit: rate, filters } = subscription;
  const { occupancy, ...places } = filters ?? {};
  const compared = occupancy !== undefined && "comparison" in occupancy ? occupancy : null;
  const isUnnamed = dialect === "butterflymx" && subscription.name === "webhook";
  return {
    ...emptyDraft,
    dialect,
    scope: scope.kind === "organization" ? scope.kind : `${scope.kind}:${scope.id}`,
    name: isUnnamed ? "" : subscription.name,
    url: endpoint.url,
    types: typesIn(subscription),
    filters: places as Draft["filters"],
    comparison: compared?.comparison ?? "",
    people: number(compared?.value ?? null),
    onChange: subscription.send_on_value_change,
    headers: kept((endpoint.header_names?.length ?? 0) > 0),
    apiKey: kept(endpoint.has_api_key),
    apiKeyName: endpoint.api_key_header ?? emptyDraft.apiKeyName,
    basic: kept(endpoint.has_basic_auth),
    username: endpoint.basic_auth_username ?? "",
    client: kept(endpoint.client_certificate !== null),
    authorities: kept(endpoint.ca_certificates !== null),
    timeout: number(endpoint.timeout_ms, 1_000),
    retries: lane.retry_delays_ms === null ? "usual" : "own",
    delays: (lane.retry_delays_ms ?? []).map((ms) => ms / 1_000).join(", "),
    width: number(lane.max_in_flight),
    isLimited: rate !== null,
    perSecond: number(rate?.per_second ?? null),
    burst: number(rate?.burst ?? null),
    order: subscription.order,
    mode: subscription.mode,
    heartbeat: number(subscription.heartbeat_s),
    disable: "keep",
    disableAfter: number(subscription.auto_disable_after_s),
    repeats: subscription.repeat_minutes > 0,
    format: subscription.payload_format,
    secrecy: subscription.secrecy,
    locked: subscription.include_locked,
    signatures: subscription.signatures.filter((each) => each !== "standard"),
  };
}

function typesIn(subscription: Subscription): Draft["types"] {
  const found: Record<string, string[]> = {};
  const whole = new Set<string>();
  for (const { type, resource } of takenBy(subscription)) {
    found[type] ??= [];
    if (resource === null) whole.add(type);
    else found[type].push(resource);
  }
  for (const type of whole) found[type] = [];
  return found;
}

export type Body = Readonly<Record<string, unknown>>;

/** All that the form says, as the API takes it. What is no number stays text, so that the API says what is wrong. */
export function bodyOf(draft: Draft): Body {
  return {
    name: draft.name.trim(),
    url: draft.url.trim(),
    types: Object.entries(draft.types).flatMap(([type, of]): unknown[] =>
      of.length === 0 ? [type] : of.map((resource) => ({ type, resource })),
    ),
    headers: kept3(draft.headers, Object.fromEntries(draft.headerRows.filter(([name, value]) => name + value !== ""))),
    client_certificate: kept3(draft.client, { certificate: draft.certificate, private_key: draft.privateKey }),
    ca_certificates: kept3(draft.authorities, draft.authoritiesPem),
    timeout_s: count(draft.timeout),
    retry_delays_s: draft.retries === "usual" ? null : listed(draft.delays),
    max_in_flight: count(draft.width),
    rate_limit: draft.isLimited ? limitOf(draft) : null,
    order: draft.order,
    mode: draft.mode,
    heartbeat_s: count(draft.heartbeat),
    auto_disable_after_s: disabling(draft),
    signatures: ["standard", ...draft.signatures],
    ...(draft.dialect === "butlr" ? webhookOnly(draft) : integrationOnly(draft)),
  };
}

const webhookOnly = (draft: Draft): Body => ({
  filters: filtersOf(draft),
  send_on_value_change: draft.onChange,
  repeat_minutes: draft.repeats ? 5 : 0,
  api_key: kept3(draft.apiKey, { name: draft.apiKeyName, value: draft.apiKeyValue }),
  basic_auth: kept3(draft.basic, { username: draft.username, password: draft.password }),
});

const integrationOnly = ({ format, secrecy, locked }: Draft): Body => ({
  payload_format: format,
  secrecy,
  include_locked: locked,
});

const kept3 = (keeping: Keeping, set: unknown): unknown =>
  keeping === "keep" ? undefined : keeping === "none" ? null : set;

const count = (text: string): unknown => {
  const trimmed = text.trim();
  return trimmed === "" ? null : Number.isNaN(Number(trimmed)) ? trimmed : Number(trimmed);
};

const listed = (text: string): readonly unknown[] =>
  text
    .split(/[\s,;]+/)
    .filter((each) => each !== "")
    .map(count);

function limitOf({ perSecond, burst }: Draft): object {
  const most = count(burst);
  return { per_second: count(perSecond), ...(most === null ? {} : { burst: most }) };
}

function disabling({ disable, disableAfter }: Draft): unknown {
  if (disable === "keep") return undefined;
  // Nothing filled in is not never: the API refuses it, beside the field.
  return disable === "default" ? "default" : disable === "never" ? null : (count(disableAfter) ?? "");
}

function filtersOf({ filters, comparison, people }: Draft): object | null {
  const wanted = Object.fromEntries(Object.entries(filters).filter(([, ids]) => ids.length > 0));
  const occupancy = comparison === "" ? {} : { occupancy: { comparison, value: count(people) } };
  const all = { ...wanted, ...occupancy };
  return Object.keys(all).length === 0 ? null : all;
}

/** What of the form differs from the subscription as it was read; empty: nothing. */
export function changesOf(draft: Draft, before: Subscription): Body {
  const was = bodyOf(draftOf(before));
  return Object.fromEntries(
    Object.entries(bodyOf(draft)).filter(
      ([name, value]) => value !== undefined && JSON.stringify(value) !== JSON.stringify(was[name]),
    ),
  );
}

/** A new one: without what is as usual, which the other dialect may not have. */
export function creationOf(draft: Draft): Body {
  const usual = bodyOf({ ...emptyDraft, dialect: draft.dialect });
  const [kind, id] = splitScope(draft.scope);
  const said = Object.entries(bodyOf(draft)).filter(
    ([name, value]) =>
      name === "url" ||
      name === "types" ||
      (value !== undefined && JSON.stringify(value) !== JSON.stringify(usual[name])),
  );
  return { dialect: draft.dialect, ...(id !== null && { scope: { kind, id } }), ...Object.fromEntries(said) };
}
