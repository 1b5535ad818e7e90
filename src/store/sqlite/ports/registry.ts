// The registry port over a client of the engine. Secrets of subscriptions are sealed here on the way in and opened on the
// way out, so that the engine, its thread and its file only ever hold sealed ones.

import type { Clock } from "../../../clock.ts";
import { BelfryError } from "../../../errors.ts";
import { isOrganizationId } from "../../../model/organization.ts";
import { createDataKeys } from "../../data-keys.ts";
import type { PinKind, Registry } from "../../registry.ts";
import { openSubscription, sealSubscription } from "../../sealed-subscription.ts";
import { open, seal, type SealedPlace, type Vault } from "../../vault.ts";
import type { Client } from "../thread/client.ts";
import type { Operations } from "../engine.ts";

export function createRegistry({ call }: Client<Operations>, vault: Vault, clock: Clock): Registry {
  const dataKeys = createDataKeys(vault, (organization) => call("dataKey", organization));

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
      const key = dataKeys.unwrap(id, found.dataKey);
      return { organization, model, subscriptions: subscriptions.map((sealed) => openSubscription(key, id, sealed)) };
    },
    async subscription(id, home) {
      const found = await call("subscription", id, home);
      if (found === null) return null;
      const { organization, sealed } = found;
      return openSubscription(await dataKeys.of(organization), organization, sealed);
    },
    async change(change) {
      const { organization, put: given = [] } = change;
      const key = given.length === 0 ? null : await dataKeys.of(organization);
      const put = key === null ? [] : given.map((each) => sealSubscription(key, organization, each));
      return await call("change", { ...change, put }, clock.now());
    },
    async allocate(count, organization) {
      if (!Number.isSafeInteger(count) || count < 1) throw new Error(`cannot allocate ${count} numbers`);
      return await call("allocate", count, organization);
    },
    locate: (kind, id, organization) => call("locate", kind, id, organization),
    addPlaces: (organization, places) => call("addPlaces", organization, places),
    dropPlaces: (organization, places) => call("dropPlaces", organization, places),
    addKey: (key, audit) => call("addKey", key, audit),
    key: (id) => call("key", id),
    keys: () => call("keys"),
    revokeKey: (id, audit) => call("revokeKey", id, audit),
    async putPin(organization, kind, id, pin) {
      const sealed = seal(await dataKeys.of(organization), placeOf(organization, kind, id), Buffer.from(pin));
      await call("putPin", organization, kind, id, sealed);
    },
    async pins(organization, kind, ids) {
      const found = ids.length === 0 ? [] : await call("pins", organization, kind, ids);
      const key = found.length === 0 ? null : await dataKeys.of(organization);
      const clear = found.map(({ id, sealed }) => [id, open(key!, placeOf(organization, kind, id), sealed)] as const);
      return new Map(clear.map(([id, pin]) => [id, pin.toString()]));
    },
    dropPins: (organization, kind, ids) => call("dropPins", organization, kind, ids),
    audit: (entry) => call("audit", entry),
  };
}

const placeOf = (organization: string, kind: PinKind, id: string): SealedPlace => ({
  organization,
  table: "pin",
  row: `${kind} ${id}`,
  column: "sealed",
});
