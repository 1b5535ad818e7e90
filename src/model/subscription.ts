// A subscription: who wants which events, from which scope, filtered how, delivered where and signed with what. The
// rules here are pure; compiling them for speed is organizations/matcher.

import type { ClientCertificate, OwnAuthorities } from "./certificate.ts";
import type { DialectName, Event, Scopes } from "./event.ts";

/** One event type that a subscription takes, under the variant of the payload that it bound (0 = default). */
export interface Binding {
  readonly type: string;
  readonly variant: number;
  /** Only events about this record. */
  readonly resource: string | null;
}

export type SubscriptionScope =
  | { readonly kind: "organization" }
  | { readonly kind: "building"; readonly id: string }
  | { readonly kind: "tenant"; readonly id: string };

/** How a number of people is compared with the number of a filter. */
export const comparisons = {
  gt: (count: number, value: number) => count > value,
  gte: (count: number, value: number) => count >= value,
  lt: (count: number, value: number) => count < value,
  lte: (count: number, value: number) => count <= value,
  eq: (count: number, value: number) => count === value,
  ne: (count: number, value: number) => count !== value,
} as const;

export interface OccupancyFilter {
  readonly comparison: keyof typeof comparisons;
  readonly value: number;
}

/** Only events of these places; AND between keys, OR within one. An event that lacks a place named here does not match.
 * `occupancy` concerns only events that say how many people there are; all others pass it. */
export interface Filters {
  readonly org_ids?: readonly string[];
  readonly site_ids?: readonly string[];
  readonly building_ids?: readonly string[];
  readonly floor_ids?: readonly string[];
  readonly room_ids?: readonly string[];
  readonly zone_ids?: readonly string[];
  readonly mac_addresses?: readonly string[];
  readonly occupancy?: OccupancyFilter;
}

export interface Endpoint {
  /** As given by the owner; parsed and judged anew before every connection. */
  readonly url: string;
  /** Absolute deadline of one attempt; null = the default of the installation. */
  readonly timeoutMs: number | null;
  readonly apiKey: { readonly name: string; readonly value: string } | null;
  readonly basicAuth: { readonly username: string; readonly password: string } | null;
  /** Headers of the owner's choice, by name; the values are secrets. Absent: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What Belfry shows to the receiver in TLS. Absent: nothing. */
  readonly clientCertificate?: ClientCertificate;
  /** The receiver's certificate must be of one of these, instead of the usual authorities. Absent: of those. */
  readonly authorities?: OwnAuthorities;
}

/** Signatures that an owner may ask for beside the one of Standard Webhooks, which every delivery has. */
export const extraSignatures = ["ed25519", "github", "stripe"] as const;
export type ExtraSignature = (typeof extraSignatures)[number];

/** A pair of ed25519 keys: `whsk_…` signs and stays here, `whpk_…` verifies and may be shown to anybody. */
export interface SigningKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** A `whsec_…` secret; the last one is current, earlier ones sign too until they end. */
export interface SigningSecret {
  readonly secret: string;
  /** Comes and ends with the secret; absent: nobody has asked for ed25519 in its time. */
  readonly key?: SigningKey;
  /** Epoch ms; null = no end. */
  readonly until: number | null;
}

export const payloadFormats = ["both", "envelope", "flat"] as const;

/** How a ButterflyMX integration wants its events. */
export interface PayloadOptions {
  /** Calls as the vendor's guide has them, as receivers in the wild read them, or in one body both. */
  readonly format: (typeof payloadFormats)[number];
  /** Without names, pictures and e-mails. */
  readonly secrecy: boolean;
  /** Entries of doors that did not open, too. */
  readonly includeLocked: boolean;
}

export const usualPayload: PayloadOptions = { format: "both", secrecy: false, includeLocked: false };

/** In which order its deliveries go. `subject`: of what it is owed about one subject one after another, in the order of acceptance. */
export const deliveryOrders = ["none", "subject"] as const;
export type DeliveryOrder = (typeof deliveryOrders)[number];

/** What of its deliveries goes. `latest`: of the states of a subject that wait the newest alone; everything else as ever. */
export const deliveryModes = ["all", "latest"] as const;
export type DeliveryMode = (typeof deliveryModes)[number];

/** At most `burst` + `perSecond` × t attempts start in any t seconds. Both may be fractions; `burst` is at least 1. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** Settings of one lane; null = the default of the installation. */
export interface LaneSettings {
  readonly maxInFlight: number | null;
  /** Delays between attempts in ms; its length is the number of retries. */
  readonly retryDelays: readonly number[] | null;
  /** Absent or null: none. */
  readonly rateLimit?: RateLimit | null;
  /** ms without a success after which Belfry disables the subscription; 0: never. Absent or null: the default. */
  readonly autoDisableMs?: number | null;
}

export interface Pause {
  /** Epoch ms. */
  readonly at: number;
  /** Id of the key that did it. */
  readonly by: string;
}

export interface Subscription {
  /** Short name inside the store and the number of its lane; never shown. */
  readonly number: number;
  /** What the vendor's API calls it: `webhook_…` or digits. */
  readonly id: string;
  readonly organization: string;
  readonly dialect: DialectName;
  readonly name: string;
  readonly scope: SubscriptionScope;
  readonly bindings: readonly Binding[];
  readonly filters: Filters | null;
  readonly sendOnValueChange: boolean;
  /** In how many minutes on end every minute of a space is sent to it, its own among them; 0: once [butlr.md §5.1]. */
  readonly repeatMinutes: 0 | 5;
  /** After how many seconds without a request it is told the last number that it was given; 0 or absent: never. */
  readonly heartbeatS?: number;
  readonly endpoint: Endpoint;
  readonly signingSecrets: readonly SigningSecret[];
  readonly extraSignatures: readonly ExtraSignature[];
  readonly lane: LaneSettings;
  /** Absent: none. */
  readonly order?: DeliveryOrder;
  /** Absent: all. */
  readonly mode?: DeliveryMode;
  /** Absent: the usual. */
  readonly payload?: PayloadOptions;
  /** `disabled` by its receiver, the vendor's API or the operator's; what it is owed stays, as `held`. */
  readonly state: "active" | "disabled";
  readonly disabledReason: string | null;
  /** What is stored of it was damaged: it is disabled, has no endpoint, and can only be deleted. Never stored. */
  readonly isUnreadable?: true;
  /** An owner's act, kept apart from `state`: no vendor's client lifts it. Absent or null: not paused. */
  readonly paused?: Pause | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** What the vendor's API must give back as it was sent and nothing else reads, as JSON text. */
  readonly document: string;
}

export const unreadableReason =
  "What is stored of this subscription cannot be read: it was damaged. Put back a backup of the data directory.";

/** Both `paused` and `disabled` hold what is owed. */
export const subscriptionStates = ["active", "paused", "disabled"] as const;
export type SubscriptionState = (typeof subscriptionStates)[number];

/** Paused comes first: one act, resume, lifts both. */
export function stateOf({ state, paused }: Pick<Subscription, "state" | "paused">): SubscriptionState {
  return paused ? "paused" : state;
}

/** Whether deliveries wait as `held`. `state`: of their subscription; null: it was removed. */
export const holdsDeliveries = (state: SubscriptionState | null): boolean => state !== null && state !== "active";

/** The `whpk_…` that verifies its deliveries from now on; null where they have no ed25519 signature. */
export function publicKeyOf({ extraSignatures, signingSecrets }: Subscription): string | null {
  return extraSignatures.includes("ed25519") ? (signingSecrets.at(-1)?.key?.publicKey ?? null) : null;
}

/** The first binding under which a subscription takes an event, or null. */
export function bindingFor(
  subscription: Subscription,
  event: Pick<Event, "dialect" | "type" | "scopes" | "value">,
): Binding | null {
  if (subscription.dialect !== event.dialect) return null;
  if (!inScope(subscription.scope, event.scopes)) return null;
  if (!passes(subscription.filters, subscription.organization, event)) return null;
  for (const binding of subscription.bindings) {
    if (binding.type !== event.type) continue;
    if (binding.resource === null || binding.resource === event.scopes.resource) return binding;
  }
  return null;
}

function inScope(scope: SubscriptionScope, scopes: Scopes): boolean {
  if (scope.kind === "organization") return true;
  if (scope.kind === "building") return scopes.building === scope.id;
  return scopes.tenants?.includes(scope.id) ?? false;
}

function passes(
  filters: Filters | null,
  organization: string,
  { scopes, value }: Pick<Event, "scopes" | "value">,
): boolean {
  if (filters === null) return true;
  return (
    allows(filters.org_ids, organization) &&
    allows(filters.site_ids, scopes.site) &&
    allows(filters.building_ids, scopes.building) &&
    allows(filters.floor_ids, scopes.floor) &&
    allows(filters.room_ids, scopes.room) &&
    allows(filters.zone_ids, scopes.zone) &&
    allows(filters.mac_addresses, scopes.mac) &&
    isCount(filters.occupancy, value)
  );
}

/** `value` is JSON text: of a count a number, of anything else no number. */
function isCount(wanted: OccupancyFilter | undefined, value: string | null): boolean {
  if (wanted === undefined || value === null || !/^-?\d/.test(value)) return true;
  return comparisons[wanted.comparison](Number(value), wanted.value);
}

function allows(wanted: readonly string[] | undefined, value: string | undefined): boolean {
  if (wanted === undefined) return true;
  return value !== undefined && wanted.includes(value);
}

/** `https://host:8443/…`: what everybody sees of a URL but those who manage its subscription, since the path of many a
 * receiver is its only secret. */
export function maskedUrl(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? "…" : `${parsed.protocol}//${parsed.host}/…`;
}
