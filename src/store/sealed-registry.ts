// The registry port over the statements of an engine. Endpoints and secrets of subscriptions are sealed here on the way in and
// opened on the way out, so that the engine and its files only ever hold sealed ones. What does not open stands for itself alone:
// it keeps nothing else from being read. Other processes may write to the same database at any time.

import type { Clock } from "../clock.ts";
import { BelfryError } from "../errors.ts";
import { installation, isOrganizationId } from "../model/organization.ts";
import type { Subscription } from "../model/subscription.ts";
import { createDataKeys } from "./data-keys.ts";
import { createModelTexts } from "./model-texts.ts";
import type { OrganizationSnapshot, PinKind, Registry } from "./registry.ts";
import type { RegistryStatements, SealedSnapshot } from "./registry-statements.ts";
import {
  openSubscription,
  type SealedSubscription,
  sealSubscription,
  unreadableSubscription,
} from "./sealed-subscription.ts";
import { hasBridgeUrls, openModel, sealModel } from "./sealed-model.ts";
import { open, seal, type SealedPlace, type Vault } from "./vault.ts";

/** Subscriptions of an organization as they were at a revision. */
interface Opened {
  /** Of the organization: one of the same id that was made later has another. */
  readonly number: number;
  readonly revision: number;
  readonly byNumber: ReadonlyMap<number, Subscription>;
}

export function createSealedRegistry(statements: RegistryStatements, vault: Vault, clock: Clock): Registry {
  const modelTexts = createModelTexts(statements);
  /** As last read, by organization: opening a sealed one costs fifty times what finding it here does. */
  const opened = new Map<string, Opened>();
  const dataKeys = createDataKeys(vault, statements.dataKey);

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
    const found = await statements.snapshot(id, before?.revision ?? -1);
    // It was deleted, and perhaps made again, by whichever process: what was read of the one before says nothing of it.
    if (before !== undefined && !goesOn(before, found)) {
      if (opened.get(id) === before) opened.delete(id);
      return snapshot(id);
    }
    if (found === null) return null;
    const { number: own, organization, model, subscriptions, withdrawals } = found;
    const isSealed = subscriptions.changed.length > 0 || hasBridgeUrls(model?.text);
    const key = isSealed ? dataKeys.unwrap(id, found.dataKey) : null;
    const byNumber = new Map<number, Subscription>();
    for (const sealed of subscriptions.changed) byNumber.set(sealed.number, openSealed(key, id, sealed));
    for (const number of subscriptions.numbers) {
      if (!byNumber.has(number)) byNumber.set(number, before!.byNumber.get(number)!);
    }
    const now = { number: own, revision: organization.revision, byNumber };
    if (isNewer(now, opened.get(id))) opened.set(id, now);
    return {
      organization,
      model: model && { ...model, text: openText(key, id, model.text) },
      subscriptions: subscriptions.numbers.map((number) => byNumber.get(number)!),
      withdrawals,
    };
  }

  return {
    organizations: async () => (await statements.organizations()).filter(({ id }) => id !== installation),
    async ensureOrganization(id, name, audit) {
      // Its data key is bound to the id: one that the database gives back changed would never open again.
      if (!isOrganizationId(id) && id !== installation)
        throw new BelfryError("INVALID", "The id of the organization cannot be stored.");
      return await statements.ensureOrganization(id, name, vault.makeDataKey(id), audit);
    },
    async removeOrganization(id, audit) {
      const removed = await statements.removeOrganization(id, audit);
      opened.delete(id);
      return removed;
    },
    eraseRemoved: () => statements.eraseRemoved(),
    snapshot,
    async model(organization, version) {
      const text = await modelTexts.read(organization, version);
      if (!hasBridgeUrls(text)) return text;
      return openText(await dataKeys.of(organization), organization, text);
    },
    removeOldModels: modelTexts.removeLeft,
    async subscription(id, home) {
      const found = await statements.subscription(id, home);
      if (found === null) return null;
      const { organization, dataKey, sealed } = found;
      return openSealed(dataKeys.unwrap(organization, dataKey), organization, sealed);
    },
    async change(change) {
      const { put: given = [], model, ...rest } = change;
      const { organization } = rest;
      const text = model?.document;
      const key = given.length === 0 && !hasBridgeUrls(text) ? null : await keyOf(organization);
      const put = key === null ? [] : given.map((each) => sealSubscription(key, organization, each));
      if (model === undefined) return await statements.change({ ...rest, put }, clock.now());
      const sealed = key === null ? model.document : sealModel(key, organization, model.document);
      const { places } = model;
      const { isLeft: _, ...result } = await modelTexts.write(organization, sealed, (stored) =>
        statements.change({ ...rest, put, model: { ...stored, ...(places && { places }) } }, clock.now()),
      );
      return result;
    },
    async allocate(count, organization) {
      if (!Number.isSafeInteger(count) || count < 1) throw new Error(`cannot allocate ${count} numbers`);
      return await statements.allocate(count, organization);
    },
    retentions: async () => new Map(await statements.retentions()),
    retention: (organization) => statements.retention(organization),
    locate: (kind, id, organization) => statements.locate(kind, id, organization),
    addPlaces: (organization, places) => statements.addPlaces(organization, places),
    dropPlaces: (organization, places) => statements.dropPlaces(organization, places),
    addKey: (key, audit) => statements.addKey(key, audit),
    key: (id) => statements.key(id),
    keys: () => statements.keys(),
    revokeKey: (id, audit) => statements.revokeKey(id, audit),
    async putPin(organization, kind, id, pin) {
      const sealed = seal(await keyOf(organization), placeOf(organization, kind, id), Buffer.from(pin));
      await statements.putPin(organization, kind, id, sealed);
    },
    async pins(organization, kind, ids) {
      const found = ids.length === 0 ? [] : await statements.pins(organization, kind, ids);
      const key = found.length === 0 ? null : await dataKeys.of(organization);
      const clear = new Map<string, string>();
      for (const { id, sealed } of found) {
        const pin = key === null ? null : openedPin(key, placeOf(organization, kind, id), sealed);
        if (pin !== null) clear.set(id, pin);
      }
      return clear;
    },
    dropPins: (organization, kind, ids) => statements.dropPins(organization, kind, ids),
    putPicture: (organization, picture, audit) => statements.putPicture(organization, picture, audit),
    picture: (organization, kind, id) => statements.picture(organization, kind, id),
    pictures: (organization) => statements.pictures(organization),
    dropPicture: (organization, kind, id, audit) => statements.dropPicture(organization, kind, id, audit),
    audit: (entry) => statements.audit(entry),
  };
}

/** Whether it is the same organization, at that revision or a later one. */
const goesOn = (before: Opened, found: SealedSnapshot | null): boolean =>
  found !== null && found.number === before.number && found.organization.revision >= before.revision;

const isNewer = (one: Opened, other: Opened | undefined): boolean =>
  other === undefined || one.number > other.number || (one.number === other.number && one.revision >= other.revision);

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
