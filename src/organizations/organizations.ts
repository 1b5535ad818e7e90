// What acceptance and delivery know of every organization, in memory: its subscriptions compiled for matching, its
// building model, its revision. The registry is the truth; an entry here is used only together with its revision, which
// every write checks again.

import type { BuildingModel } from "../building/building.ts";
import { installation } from "../model/organization.ts";
import { BelfryError } from "../errors.ts";
import type { Subscription } from "../model/subscription.ts";
import type { PendingWithdrawal } from "../model/withdrawal.ts";
import type { OrganizationSnapshot, Registry, StoredModel } from "../store/registry.ts";
import type { ModelDocument } from "../building/document.ts";
import type { CompileModel } from "./compile-model.ts";
import { compileMatcher, type Matcher } from "./matcher.ts";

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly revision: number;
  /** null: it has none, or it cannot be read. */
  readonly model: BuildingModel | null;
  /** The stored model was damaged: until it is put again nothing is taken for the organization, and its place is shown to nobody. */
  readonly isModelUnreadable?: true;
  readonly subscriptions: readonly Subscription[];
  readonly matcher: Matcher;
  /** Those that were not worked off when it was read. */
  readonly withdrawals: readonly PendingWithdrawal[];
}

export interface OrganizationChange {
  /** All that it has now. */
  readonly subscriptions: readonly Subscription[];
  /** All that it had. */
  readonly before: readonly Subscription[];
  /** Lanes of subscriptions that are no longer there. */
  readonly removed: readonly number[];
  readonly withdrawals: readonly PendingWithdrawal[];
  /** Its building model is another than before. */
  readonly isNewModel: boolean;
  /** The organization itself was removed. */
  readonly isGone: boolean;
}

/** A model that this process has written itself. */
export interface WrittenModel {
  readonly version: number;
  readonly document: ModelDocument;
}

export type ChangeListener = (organization: string, change: OrganizationChange) => void;

export interface Organizations {
  /** As last read; reads it if it was never read. Null: there is no such organization. */
  get(id: string): Promise<Organization | null>;
  /** As of this revision or later. */
  at(id: string, revision: number): Promise<Organization | null>;
  /** Reads it anew; listeners hear of it when it has changed. null: it was removed, or never was. `written`: a model that is
   * compiled as it is, if the organization has it, rather than read back. */
  reload(id: string, written?: WrittenModel): Promise<Organization | null>;
  /** Reads all there are. */
  loadAll(): Promise<void>;
  /** Ids of all that were read. */
  ids(): Iterable<string>;
  /** The subscription of a lane, as last read. */
  subscription(lane: number): Subscription | undefined;
  /** All of them. */
  subscriptions(): Iterable<Subscription>;
  /** Those of all organizations, as last read. */
  withdrawals(): Iterable<PendingWithdrawal>;
  listen(listener: ChangeListener): void;
}

/** Organizations read together at the start: one by one, a hundred thousand would take half a minute. */
const loadedAtOnce = 128;

export interface OrganizationsOptions {
  /** Hears of each subscription that is read as damaged, once. */
  readonly onUnreadable?: (subscription: Subscription) => void;
  /** Hears of each model that is read as damaged, once. */
  readonly onUnreadableModel?: (organization: string, error: unknown) => void;
}

/** What is answered to whatever needs the model of such an organization. Senders come again: nothing is lost. */
export const modelUnreadable = (organization: string): BelfryError =>
  new BelfryError(
    "UNAVAILABLE",
    `The stored building model of ${organization} was damaged and cannot be read. Put the model again, or put back a backup of the data directory.`,
  );

/** `compileBuilding` turns a model, or its stored text, into its compiled form. */
export function createOrganizations(
  registry: Registry,
  compileBuilding: CompileModel,
  { onUnreadable = () => {}, onUnreadableModel = () => {} }: OrganizationsOptions = {},
): Organizations {
  const known = new Map<string, Organization>();
  /** Versions of the models that are known. */
  const models = new Map<string, number>();
  const lanes = new Map<number, Subscription>();
  const loading = new Map<string, Promise<Organization | null>>();
  const listeners: ChangeListener[] = [];

  // One after the other for each organization: see `reload`.
  const keep = async (snapshot: OrganizationSnapshot, written?: WrittenModel): Promise<Organization | null> => {
    const { id, name, revision } = snapshot.organization;
    const before = known.get(id);
    if (before !== undefined && before.revision >= revision) return before;
    const compiled = await modelOf(id, snapshot.model, before, written);
    if (compiled === "replaced") return read(id, written);
    const organization: Organization = {
      id,
      name,
      revision,
      ...compiled,
      subscriptions: snapshot.subscriptions,
      matcher: compileMatcher(snapshot.subscriptions),
      withdrawals: snapshot.withdrawals,
    };
    known.set(id, organization);
    const gone = new Set(before?.subscriptions.map((subscription) => subscription.number));
    for (const subscription of organization.subscriptions) {
      const isNews = lanes.get(subscription.number)?.isUnreadable !== subscription.isUnreadable;
      if (subscription.isUnreadable === true && isNews) onUnreadable(subscription);
      lanes.set(subscription.number, subscription);
      gone.delete(subscription.number);
    }
    for (const lane of gone) lanes.delete(lane);
    const isNewModel = organization.model !== (before?.model ?? null);
    const { subscriptions, withdrawals } = organization;
    const was = { before: before?.subscriptions ?? [], removed: [...gone] };
    const change = { subscriptions, ...was, withdrawals, isNewModel, isGone: false };
    for (const listener of listeners) listener(id, change);
    return organization;
  };

  const drop = (id: string): null => {
    const before = known.get(id);
    if (before === undefined) return null;
    known.delete(id);
    models.delete(id);
    const gone = before.subscriptions.map(({ number }) => number);
    for (const lane of gone) lanes.delete(lane);
    for (const listener of listeners) {
      const was = { before: before.subscriptions, removed: gone };
      listener(id, { subscriptions: [], ...was, withdrawals: [], isNewModel: true, isGone: true });
    }
    return null;
  };

  // A model is large and seldom changes: it is read and compiled again only when it is another one. It may be replaced while it is
  // read.
  const modelOf = async (
    id: string,
    stored: StoredModel | null,
    before: Organization | undefined,
    written: WrittenModel | undefined,
  ): Promise<Pick<Organization, "model" | "isModelUnreadable"> | "replaced"> => {
    if (stored === null) return { model: null };
    const { version } = stored;
    if (before !== undefined && models.get(id) === version) {
      return { model: before.model, ...(before.isModelUnreadable && { isModelUnreadable: true }) };
    }
    const given =
      written?.version === version ? written.document : (stored.text ?? (await registry.model(id, version)));
    if (given === null) return "replaced";
    models.set(id, version);
    try {
      return { model: await compileBuilding(given, id) };
    } catch (error) {
      onUnreadableModel(id, error);
      return { model: null, isModelUnreadable: true };
    }
  };

  const read = async (id: string, written?: WrittenModel): Promise<Organization | null> => {
    const snapshot = await registry.snapshot(id);
    return snapshot === null ? drop(id) : keep(snapshot, written);
  };

  const reload = (id: string, written?: WrittenModel): Promise<Organization | null> => {
    const running = (loading.get(id) ?? Promise.resolve(null)).catch(() => null).then(() => read(id, written));
    loading.set(id, running);
    const forget = () => {
      if (loading.get(id) === running) loading.delete(id);
    };
    running.then(forget, forget);
    return running;
  };

  const get = async (id: string): Promise<Organization | null> =>
    known.get(id) ?? (await (loading.get(id) ?? reload(id)));

  return {
    get,
    async at(id, revision) {
      const organization = await get(id);
      return organization !== null && organization.revision < revision ? reload(id) : organization;
    },
    reload,
    loadAll: async () => {
      const all = [...(await registry.organizations()), { id: installation }];
      for (let from = 0; from < all.length; from += loadedAtOnce) {
        await Promise.all(all.slice(from, from + loadedAtOnce).map(({ id }) => reload(id)));
      }
    },
    ids: () => known.keys(),
    subscription: (lane) => lanes.get(lane),
    subscriptions: () => lanes.values(),
    withdrawals: () => [...known.values()].flatMap(({ withdrawals }) => withdrawals),
    listen: (listener) => void listeners.push(listener),
  };
}
