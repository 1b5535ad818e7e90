// The registry port over a client of the engine. Endpoints and secrets of subscriptions are sealed here on the way in and
// opened on the way out, so that the engine, its thread and its file only ever hold sealed ones. What does not open stands for
// itself alone: it keeps nothing else from being read.

import type { Clock } from "../../../clock.ts";
import { BelfryError } from "../../../errors.ts";
import { installation, isOrganizationId } from "../../../model/organization.ts";
import type { Subscription } from "../../../model/subscription.ts";
import { createDataKeys } from "../../data-keys.ts";
import type { OrganizationSnapshot, PinKind, Registry } from "../../registry.ts";
import {
  openSubscription,
  type SealedSubscription,
  sealSubscription,
  unreadableSubscription,
} from "../../sealed-subscription.ts";
import { hasBridgeUrls, openModel, sealModel } from "../../sealed-model.ts";
import { open, seal, type SealedPlace, type Vault } from "../../vault.ts";
import type { Client } from "../thread/client.ts";
import type { Operations } from "../engine.ts";
import { createModelTexts } from "./model-texts.ts";

export function createRegistry(client: Client<Operations>, vault: Vault, clock: Clock): Registry {
  const { call } = client;
  const modelTexts = createModelTexts(client);
  /** As last read, by organization: opening a sealed one costs fifty times what finding it here does. */
  const opened = new Map<string, { readonly revision: number; readonly byNumber: ReadonlyMap<number, Subscription> }>();
  const dataKeys = createDataKeys(vault, (organization) => call("dataKey", organization));

  /** Throws CONFLICT where nothing can be sealed for the organization. */
  async function keyOf(organization: string): Promise<Uint8Array> {
    const key = await dataKeys.of(organization);
    if (key !== null) return key;
    throw new BelfryError(
      "CONFLICT",
      `The key that seals what ${organization} has was damaged, so nothing can be stored for it. Put back a backup of the data directory.`,
    );
  }

  const openSealed = (key: Uint8Array | null, organization: string, sealed: SealedSubscription): Subscription => {
    try {
      if (key !== null) return openSubscription(key, organization, sealed);
    } catch {
      // Told by whoever reads it: it is disabled, and says why.
    }
    return unreadableSubscription(organization, sealed);
  };

  async function snapshot(id: string): Promise<OrganizationSnapshot | null> {
    const before = opened.get(id);
    const found = await call("snapshot", id, before?.revision ?? -1);
    // It was deleted, and perhaps made again: what was read of the one before says nothing of it.
    if (before !== undefined && (found === null || found.organization.revision < before.revision)) {
      opened.delete(id);
      return snapshot(id);
    }
    if (found === null) return null;
    const { organization, model, subscriptions, withdrawals } = found;
    const isSealed = subscriptions.changed.length > 0 || hasBridgeUrls(model?.text);
    const key = isSealed ? dataKeys.unwrap(id, found.dataKey) : null;
    const byNumber = new Map<number, Subscription>();
    for (const sealed of subscriptions.changed) byNumber.set(sealed.number, openSealed(key, id, sealed));
    for (const number of subscriptions.numbers) {
      if (!byNumber.has(number)) byNumber.set(number, before!.byNumber.get(number)!);
    }
    if ((opened.get(id)?.revision ?? -1) <= organization.revision) {
      opened.set(id, { revision: organization.revision, byNumber });
    }
    return {
      organization,
      model: model && { ...model, text: openText(key, id, model.text) },
      subscriptions: subscriptions.numbers.map((number) => byNumber.get(number)!),
      withdrawals,
    };
  }

  return {
    organizations: async () => (await call("organizations")).filter(({ id }) => id !== installation),
    async ensureOrganization(id, name, audit) {
      // Its data key is bound to the id: one that the database gives back changed would never open again.
      if (!isOrganizationId(id) && id !== installation)
        throw new BelfryError("INVALID", "The id of the organization cannot be stored.");
      return await call("ensureOrganization", id, name, vault.makeDataKey(id), audit);
    },
    async removeOrganization(id, audit) {
      const removed = await call("removeOrganization", id, audit);
      dataKeys.forget(id);
      opened.delete(id);
      return removed;
    },
    eraseRemoved: () => call("eraseRemoved"),
    snapshot,
    async model(organization, version) {
      const text = await modelTexts.read(organization, version);
      if (!hasBridgeUrls(text)) return text;
      return openText(await dataKeys.of(organization), organization, text);
    },
    removeOldModels: modelTexts.removeLeft,
    async subscription(id, home) {
      const found = await call("subscription", id, home);
      if (found === null) return null;
      const { organization, sealed } = found;
      return openSealed(await dataKeys.of(organization), organization, sealed);
    },
    async change(change) {
      const { put: given = [], model, ...rest } = change;
      const { organization } = rest;
      const text = model?.document;
      const key = given.length === 0 && !hasBridgeUrls(text) ? null : await keyOf(organization);
      const put = key === null ? [] : given.map((each) => sealSubscription(key, organization, each));
      if (model === undefined) return await call("change", { ...rest, put }, clock.now());
      const sealed = key === null ? model.document : sealModel(key, organization, model.document);
      const { places } = model;
      const { isLeft: _, ...result } = await modelTexts.write(organization, sealed, (stored) =>
        call("change", { ...rest, put, model: { ...stored, ...(places && { places }) } }, clock.now()),
      );
      return result;
    },
    async allocate(count, organization) {
      if (!Number.isSafeInteger(count) || count < 1) throw new Error(`cannot allocate ${count} numbers`);
      return await call("allocate", count, organization);
    },
    retentions: async () => new Map(await call("retentions")),
    retention: (organization) => call("retention", organization),
    locate: (kind, id, organization) => call("locate", kind, id, organization),
    addPlaces: (organization, places) => call("addPlaces", organization, places),
    dropPlaces: (organization, places) => call("dropPlaces", organization, places),
    addKey: (key, audit) => call("addKey", key, audit),
    key: (id) => call("key", id),
    keys: () => call("keys"),
    revokeKey: (id, audit) => call("revokeKey", id, audit),
    async putPin(organization, kind, id, pin) {
      const sealed = seal(await keyOf(organization), placeOf(organization, kind, id), Buffer.from(pin));
      await call("putPin", organization, kind, id, sealed);
    },
    async pins(organization, kind, ids) {
      const found = ids.length === 0 ? [] : await call("pins", organization, kind, ids);
      const key = found.length === 0 ? null : await dataKeys.of(organization);
      const clear = new Map<string, string>();
      for (const { id, sealed } of found) {
        const pin = key === null ? null : openedPin(key, placeOf(organization, kind, id), sealed);
        if (pin !== null) clear.set(id, pin);
      }
      return clear;
    },
    dropPins: (organization, kind, ids) => call("dropPins", organization, kind, ids),
    putPicture: (organization, picture, audit) => call("putPicture", organization, picture, audit),
    picture: (organization, kind, id) => call("picture", organization, kind, id),
    pictures: (organization) => call("pictures", organization),
    dropPicture: (organization, kind, id, audit) => call("dropPicture", organization, kind, id, audit),
    audit: (entry) => call("audit", entry),
  };
}

const openText = <Text extends string | null>(key: Uint8Array | null, organization: string, text: Text) =>
  key !== null && hasBridgeUrls(text) ? openModel(key, organization, text) : text;

/** null: it was damaged, and whoever has it must get a new one. */
function openedPin(key: Uint8Array, place: SealedPlace, sealed: Uint8Array): string | null {
  try {
    return open(key, place, sealed).toString();
  } catch {
    return null;
  }
}

const placeOf = (organization: string, kind: PinKind, id: string): SealedPlace => ({
  organization,
  table: "pin",
  row: `${kind} ${id}`,
  column: "sealed",
});
