// A subscription as it is stored: a record without secrets, and the secrets sealed with the data key of its organization and
// bound to its number. Pure, except that every seal is random.

import { type SigningSecret, stateOf, type Subscription, type SubscriptionState } from "../model/subscription.ts";
import { open, seal, type SealedPlace } from "./vault.ts";

export interface SealedSubscription {
  readonly number: number;
  readonly id: string;
  readonly state: SubscriptionState;
  /** JSON text without secrets. */
  readonly record: string;
  readonly secrets: Uint8Array;
}

interface Secrets {
  readonly apiKey: string | null;
  readonly password: string | null;
  readonly signing: readonly SigningSecret[];
  /** Absent: none, or an older release wrote it. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** `key`: the data key of `organization`. Throws for a subscription of another organization. */
export function sealSubscription(
  key: Uint8Array,
  organization: string,
  subscription: Subscription,
): SealedSubscription {
  const { number, id, endpoint, signingSecrets } = subscription;
  if (subscription.organization !== organization) {
    throw new Error(`subscription ${id} is of ${subscription.organization}, not of ${organization}`);
  }
  const { apiKey, basicAuth, headers } = endpoint;
  const secrets: Secrets = {
    apiKey: apiKey?.value ?? null,
    password: basicAuth?.password ?? null,
    signing: signingSecrets,
    ...(headers === undefined ? {} : { headers }),
  };
  const names = Object.keys(headers ?? {});
  const bare: Subscription = {
    ...subscription,
    endpoint: {
      ...endpoint,
      apiKey: apiKey === null ? null : { ...apiKey, value: "" },
      basicAuth: basicAuth === null ? null : { ...basicAuth, password: "" },
      ...(headers === undefined ? {} : { headers: Object.fromEntries(names.map((name) => [name, ""])) }),
    },
    signingSecrets: [],
  };
  const sealed = seal(key, placeOfSecrets(organization, number), Buffer.from(JSON.stringify(secrets)));
  return { number, id, state: stateOf(subscription), record: JSON.stringify(bare), secrets: sealed };
}

/** Throws when key, organization or number differ from those of the seal, or the secrets were changed. */
export function openSubscription(key: Uint8Array, organization: string, sealed: SealedSubscription): Subscription {
  const bare = JSON.parse(sealed.record) as Subscription;
  const opened = open(key, placeOfSecrets(organization, sealed.number), sealed.secrets);
  const secrets = JSON.parse(opened.toString()) as Secrets;
  const { apiKey, basicAuth } = bare.endpoint;
  return {
    ...bare,
    endpoint: {
      ...bare.endpoint,
      apiKey: apiKey === null ? null : { ...apiKey, value: secrets.apiKey ?? "" },
      basicAuth: basicAuth === null ? null : { ...basicAuth, password: secrets.password ?? "" },
      ...(secrets.headers === undefined ? {} : { headers: secrets.headers }),
    },
    signingSecrets: secrets.signing,
    // Records of older releases have neither.
    extraSignatures: bare.extraSignatures ?? [],
    repeatMinutes: bare.repeatMinutes ?? 0,
  };
}

const placeOfSecrets = (organization: string, number: number): SealedPlace => ({
  organization,
  table: "subscription",
  row: String(number),
  column: "secrets",
});
