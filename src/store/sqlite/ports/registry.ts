// The registry port over a client of the engine: seals the secrets of subscriptions on the way in and opens them on the
// way out, so that the engine, its thread and its file only ever hold sealed ones.

import type { Clock } from "../../../clock.ts";
import { BelfryError } from "../../../errors.ts";
import { isOrganizationId } from "../../../model/organization.ts";
import type { SigningSecret, Subscription } from "../../../model/subscription.ts";
import type { Registry } from "../../registry.ts";
import { open, seal, type SealedPlace, type Vault } from "../../vault.ts";
import type { Client } from "../thread/client.ts";
import type { Operations } from "../engine.ts";
import type { SealedSubscription } from "../statements/registry.ts";

interface Secrets {
  readonly apiKey: string | null;
  readonly password: string | null;
  readonly signing: readonly SigningSecret[];
}

export function createRegistry({ call }: Client<Operations>, vault: Vault, clock: Clock): Registry {
  // A data key never changes while its organization lives.
  const dataKeys = new Map<string, Uint8Array>();

  const keep = (organization: string, wrapped: Uint8Array): Uint8Array => {
    let key = dataKeys.get(organization);
    if (key !== undefined) return key;
    // A copy in memory of its own: a slice of Node's pool would keep all 64 KiB of that.
    key = new Uint8Array(vault.openDataKey(organization, wrapped));
    dataKeys.set(organization, key);
    return key;
  };

  const dataKey = async (organization: string): Promise<Uint8Array> => {
    const known = dataKeys.get(organization);
    if (known !== undefined) return known;
    const wrapped = await call("dataKey", organization);
    if (wrapped === null) throw new BelfryError("NOT_FOUND", `There is no organization ${organization}.`);
    return keep(organization, wrapped);
  };

  return {
    organizations: () => call("organizations"),
    async ensureOrganization(id, name, audit) {
      // Its data key is bound to the id: one that the database gives back changed would never open again.
      if (!isOrganizationId(id)) throw new BelfryError("INVALID", "The id of the organization cannot be stored.");
      return await call("ensureOrganization", id, name, vault.makeDataKey(id), audit);
    },
    async snapshot(id) {
      const found = await call("snapshot", id);
      if (found === null) return null;
      const { organization, model, subscriptions } = found;
      const key = keep(id, found.dataKey);
      return { organization, model, subscriptions: subscriptions.map((sealed) => openSubscription(key, id, sealed)) };
    },
    async subscription(id) {
      const found = await call("subscription", id);
      if (found === null) return null;
      return openSubscription(await dataKey(found.organization), found.organization, found.sealed);
    },
    async change(change) {
      const given = change.put ?? [];
      const key = given.length === 0 ? null : await dataKey(change.organization);
      const put = key === null ? [] : given.map((each) => sealSubscription(key, change.organization, each));
      return await call("change", { ...change, put }, clock.now());
    },
    async allocate(count) {
      if (!Number.isSafeInteger(count) || count < 1) throw new Error(`cannot allocate ${count} numbers`);
      return await call("allocate", count);
    },
    locate: (kind, id) => call("locate", kind, id),
    addKey: (key, audit) => call("addKey", key, audit),
    key: (id) => call("key", id),
    keys: () => call("keys"),
    revokeKey: (id, audit) => call("revokeKey", id, audit),
    audit: (entry) => call("audit", entry),
  };
}

function sealSubscription(key: Uint8Array, organization: string, subscription: Subscription): SealedSubscription {
  const { number, id, state, endpoint, signingSecrets } = subscription;
  if (subscription.organization !== organization) {
    throw new Error(`subscription ${id} is of ${subscription.organization}, not of ${organization}`);
  }
  const secrets: Secrets = {
    apiKey: endpoint.apiKey?.value ?? null,
    password: endpoint.basicAuth?.password ?? null,
    signing: signingSecrets,
  };
  const { apiKey, basicAuth } = endpoint;
  const bare: Subscription = {
    ...subscription,
    endpoint: {
      ...endpoint,
      apiKey: apiKey === null ? null : { ...apiKey, value: "" },
      basicAuth: basicAuth === null ? null : { ...basicAuth, password: "" },
    },
    signingSecrets: [],
  };
  const sealed = seal(key, secretsPlace(organization, number), Buffer.from(JSON.stringify(secrets)));
  return { number, id, state, record: JSON.stringify(bare), secrets: sealed };
}

function openSubscription(key: Uint8Array, organization: string, sealed: SealedSubscription): Subscription {
  const bare = JSON.parse(sealed.record) as Subscription;
  const opened = open(key, secretsPlace(organization, sealed.number), sealed.secrets);
  const secrets = JSON.parse(opened.toString()) as Secrets;
  const { apiKey, basicAuth } = bare.endpoint;
  return {
    ...bare,
    endpoint: {
      ...bare.endpoint,
      apiKey: apiKey === null ? null : { ...apiKey, value: secrets.apiKey ?? "" },
      basicAuth: basicAuth === null ? null : { ...basicAuth, password: secrets.password ?? "" },
    },
    signingSecrets: secrets.signing,
    // Records of older versions have none.
    extraSignatures: bare.extraSignatures ?? [],
  };
}

function secretsPlace(organization: string, number: number): SealedPlace {
  return { organization, table: "subscription", row: String(number), column: "secrets" };
}
