// A subscription as it is stored: a record, and its endpoint and secrets sealed with the data key of its organization and bound
// to its number. A URL is a secret like the others: often it is the only one. Pure, except that every seal is random.

import { BelfryError } from "../errors.ts";
import {
  type Endpoint,
  type SigningSecret,
  stateOf,
  type Subscription,
  type SubscriptionState,
  unreadableReason,
} from "../model/subscription.ts";
import { open, seal, type SealedPlace } from "./vault.ts";

export interface SealedSubscription {
  readonly number: number;
  readonly id: string;
  readonly state: SubscriptionState;
  /** JSON text without endpoint and secrets. */
  readonly record: string;
  readonly secrets: Uint8Array;
}

type Bare = Omit<Subscription, "endpoint" | "signingSecrets">;

interface Secrets {
  readonly endpoint: Endpoint;
  readonly signing: readonly SigningSecret[];
}

/** Of releases that sealed the values only, and left the rest of the endpoint in the record. */
interface OlderSecrets {
  readonly apiKey: string | null;
  readonly password: string | null;
  readonly signing: readonly SigningSecret[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** `key`: the data key of `organization`. Throws for a subscription of another organization, and CONFLICT for one that cannot be
 * read: what is stored of it may be in a backup. */
export function sealSubscription(
  key: Uint8Array,
  organization: string,
  subscription: Subscription,
): SealedSubscription {
  const { endpoint, signingSecrets, ...bare } = subscription;
  const { number, id } = bare;
  if (bare.organization !== organization) {
    throw new Error(`subscription ${id} is of ${bare.organization}, not of ${organization}`);
  }
  if (bare.isUnreadable === true)
    throw new BelfryError("CONFLICT", `${unreadableReason} Or delete it, and make it anew.`);
  const secrets: Secrets = { endpoint, signing: signingSecrets };
  const sealed = seal(key, placeOfSecrets(organization, number), Buffer.from(JSON.stringify(secrets)));
  return { number, id, state: stateOf(subscription), record: JSON.stringify(bare), secrets: sealed };
}

/** Throws when key, organization or number differ from those of the seal, or record or secrets were changed. */
export function openSubscription(key: Uint8Array, organization: string, sealed: SealedSubscription): Subscription {
  const record = JSON.parse(sealed.record) as Bare & { readonly endpoint?: Endpoint };
  const opened = open(key, placeOfSecrets(organization, sealed.number), sealed.secrets);
  const secrets = JSON.parse(opened.toString()) as Secrets | OlderSecrets;
  return {
    ...record,
    endpoint: "endpoint" in secrets ? secrets.endpoint : olderEndpoint(record.endpoint!, secrets),
    signingSecrets: secrets.signing,
    // Records of older releases have neither.
    extraSignatures: record.extraSignatures ?? [],
    repeatMinutes: record.repeatMinutes ?? 0,
  };
}

function olderEndpoint(bare: Endpoint, { apiKey, password, headers }: OlderSecrets): Endpoint {
  return {
    ...bare,
    apiKey: bare.apiKey && { ...bare.apiKey, value: apiKey ?? "" },
    basicAuth: bare.basicAuth && { ...bare.basicAuth, password: password ?? "" },
    ...(headers === undefined ? {} : { headers }),
  };
}

/** What stands for a subscription that does not open: disabled, without an endpoint, so that all others go on. */
export function unreadableSubscription(organization: string, { number, id, record }: SealedSubscription): Subscription {
  const dialect = id.startsWith("webhook_") ? "butlr" : id.startsWith("alert_") ? "belfry" : "butterflymx";
  return {
    ...nothingKnown,
    document: documents[dialect],
    dialect,
    ...parsed(record),
    number,
    id,
    organization,
    endpoint: { url: "", timeoutMs: null, apiKey: null, basicAuth: null },
    signingSecrets: [],
    paused: null,
    state: "disabled",
    disabledReason: unreadableReason,
    isUnreadable: true,
  };
}

const documents = {
  butlr: '{"filters":null}',
  butterflymx: '{"bindings":[]}',
  belfry: '{"form":"json","kinds":null}',
} as const;

const nothingKnown = {
  name: "",
  scope: { kind: "organization" },
  bindings: [],
  filters: null,
  sendOnValueChange: false,
  repeatMinutes: 0,
  extraSignatures: [],
  lane: { maxInFlight: null, retryDelays: null },
  createdAt: 0,
  updatedAt: 0,
} as const satisfies Partial<Subscription>;

function parsed(record: string): Partial<Bare> {
  try {
    return JSON.parse(record) as Partial<Bare>;
  } catch {
    return {};
  }
}

const placeOfSecrets = (organization: string, number: number): SealedPlace => ({
  organization,
  table: "subscription",
  row: String(number),
  column: "secrets",
});
