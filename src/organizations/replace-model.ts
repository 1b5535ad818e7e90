// Changes the building model of an organization: replaces it, or edits it by a pure function. All or nothing, audited, and
// decided again where something else was written meanwhile. Every API that changes the place does so here.

import { notFound } from "../auth/authorize.ts";
import { assignNumbers } from "../building/assign-numbers.ts";
import { checkModelInSteps } from "../building/check.ts";
import type { ModelDocument } from "../building/document.ts";
import { mergeInSteps } from "../building/merge-model.ts";
import { readModelBytes, readModelText, writeModelText } from "../building/model-text.ts";
import { recordsOf } from "../building/records.ts";
import { placeIdsInSteps } from "../building/place-ids.ts";
import type { Clock } from "../clock.ts";
import { BelfryError, type Problem } from "../errors.ts";
import type { PlaceId } from "../model/place-id.ts";
import { mayManage, type Principal } from "../model/principal.ts";
import type { Subscription } from "../model/subscription.ts";
import { changeOrganization, type Decision } from "../store/change-organization.ts";
import { modelUnreadable } from "./organizations.ts";
import { withdrawalsOf } from "./withdrawals.ts";
import type { AuditEntry, OrganizationSnapshot, Registry } from "../store/registry.ts";
import { forEach, inSlices, type Steps } from "../steps.ts";
import { type Pause, pauseOf, type Turns } from "../turns.ts";

/** Who changes the model of which organization, and what the audit says of it. */
export interface ModelEdit {
  readonly organization: string;
  readonly who: Principal;
  /** Such as `sensor.update`. */
  readonly action: string;
  /** The id of the record that is changed. */
  readonly object: string;
}

export interface ChangedModel {
  /** As it is now stored, and the same as JSON text. */
  readonly document: ModelDocument;
  readonly text: string;
  /** Public ids of the subscriptions that went with their building or tenant. */
  readonly removed: readonly string[];
}

export interface ReplaceOptions {
  /** What vendors' APIs deleted comes back where `body` names it. */
  readonly restore?: boolean;
  /** Only if the organization has this revision; else REVISION_CHANGED. */
  readonly revision?: number;
  /** Write nothing: the answer is the model as it would stand, but for numbers that would be assigned. */
  readonly isDry?: boolean;
}

/** Both throw INVALID_MODEL with every fault, or CONFLICT where others never stop changing the organization. */
export interface ModelChanges {
  /** Replaces the whole model by `body`, as it came, but for what vendors' APIs have made and changed (building/merge-model).
   * Creates the organization if it does not exist; NOT_FOUND where the key
   * may not manage it. */
  replace(who: Principal, body: unknown, options?: ReplaceOptions): Promise<ChangedModel>;

  /** The same by the bytes of the body. Throws UNREADABLE_BODY for what is not JSON. */
  put(who: Principal, body: Buffer, options?: ReplaceOptions): Promise<ChangedModel>;

  /** `edit` gets the stored model, and again where that has changed meanwhile; what it throws ends the change. The caller has
   * asked whether `who` may do this. */
  change(by: ModelEdit, edit: (stored: ModelDocument) => ModelDocument): Promise<ChangedModel>;
}

export interface ModelChangesDeps {
  readonly registry: Registry;
  readonly clock: Clock;
  /** Whose slices the work is done in; absent: all at once. */
  readonly turns?: Turns;
  /** Whether the stored model of this organization was damaged; absent: none is. */
  readonly isUnreadable?: (organization: string) => Promise<boolean>;
}

interface WriteOptions {
  readonly isPut?: true;
  readonly revision?: number;
}

/** A model that was edited or merged, of the stored one. */
type NextModel = (stored: ModelDocument) => Steps<ModelDocument>;

export function createModelChanges(deps: ModelChangesDeps): ModelChanges {
  const { registry, clock, turns } = deps;
  const pauseFor = (organization: string): Pause =>
    turns === undefined ? () => undefined : pauseOf(turns, organization);

  const write = (by: ModelEdit, next: NextModel, { isPut, revision }: WriteOptions): Promise<ChangedModel> =>
    changeOrganization(registry, by.organization, async (snapshot) => {
      if (revision !== undefined && snapshot.organization.revision !== revision) throw stale(snapshot);
      const isUnreadable = await deps.isUnreadable?.(by.organization);
      if (isUnreadable === true && isPut !== true) throw modelUnreadable(by.organization);
      // A whole new model takes the place of one that cannot be read.
      const before = isUnreadable === true ? { ...snapshot, model: null } : snapshot;
      return decide({ registry, clock, pause: pauseFor(by.organization) }, by, next, before);
    }).then(async ({ gone, ...changed }) => {
      for (const piece of piecesOf(gone)) await registry.dropPlaces(by.organization, piece);
      return changed;
    });

  /** What `write` would do, without a write. */
  async function preview(id: string, name: string, next: NextModel, revision?: number): Promise<ChangedModel> {
    const snapshot = (await registry.snapshot(id)) ?? unmade(id, name);
    if (revision !== undefined && snapshot.organization.revision !== revision) throw stale(snapshot);
    const run = <Result>(steps: Steps<Result>) => inSlices(steps, pauseFor(id));
    const isUnreadable = await deps.isUnreadable?.(id);
    const before = isUnreadable === true ? { ...snapshot, model: null } : snapshot;
    const stored = await storedModel(registry, before);
    // Replaced since the snapshot.
    if (stored === null) return preview(id, name, next, revision);
    const document = await run(next((await run(readModelText(stored))) as ModelDocument));
    const orphans = await run(orphaned(snapshot.subscriptions, await run(placeIdsInSteps(document))));
    return { document, text: await run(writeModelText(document)), removed: orphans.map((each) => each.id) };
  }

  const changes: ModelChanges = {
    async put(who, bytes, options) {
      const read = () => inSlices(readModelBytes(bytes), pauseFor(who.organization ?? ""));
      return changes.replace(who, bytes.length === 0 ? undefined : withoutRemoved(await read()), options);
    },
    async replace(who, body, { restore = false, revision, isDry = false } = {}) {
      const document = await inSlices(checked(body), pauseFor(who.organization ?? ""));
      const { id, name } = document.organization;
      if (!mayManage(who, id)) throw notFound("organization");
      function* next(stored: ModelDocument): Steps<ModelDocument> {
        const merged = yield* mergeInSteps(stored, document, restore);
        return merged === document ? document : yield* checked(merged);
      }
      if (isDry) return preview(id, name, next, revision);
      const created = { at: clock.now(), actor: who.key, action: "organization.create", object: id, detail: null };
      await registry.ensureOrganization(id, name, created);
      const edit = { organization: id, who, action: "building_model.put", object: id };
      return write(edit, next, { isPut: true, ...(revision !== undefined && { revision }) });
    },
    change(by, edit) {
      function* next(stored: ModelDocument): Steps<ModelDocument> {
        const known = new Set<unknown>();
        yield* forEach(recordsOf(stored), ({ record }) => void known.add(record));
        const document = yield* checked(edit(stored), known);
        if (document.organization.id === by.organization) return document;
        throw new Error(`an edit of the model of ${by.organization} gives one of ${document.organization.id}`);
      }
      return write(by, next, {});
    },
  };
  return changes;
}

/** An organization that does not exist yet. */
const unmade = (id: string, name: string): OrganizationSnapshot => ({
  organization: { id, name, revision: 0 },
  subscriptions: [],
  model: null,
  withdrawals: [],
});

/** An answer of PUT may be put again: what it says of subscriptions is no part of the model. */
function withoutRemoved(given: unknown): unknown {
  if (typeof given !== "object" || given === null || !("removed_subscriptions" in given)) return given;
  const { removed_subscriptions: _, ...model } = given;
  return model;
}

/** The model of an organization as JSON text; without places where none was put yet. null: it was replaced since the snapshot. */
export async function storedModel(
  registry: Pick<Registry, "model">,
  { organization: { id, name }, model }: OrganizationSnapshot,
): Promise<string | null> {
  if (model === null) return JSON.stringify({ organization: { id, name }, sites: [] } satisfies ModelDocument);
  return model.text ?? (await registry.model(id, model.version));
}

async function decide(
  { registry, clock, pause }: Pick<ModelChangesDeps, "registry" | "clock"> & { readonly pause: Pause },
  by: ModelEdit,
  next: NextModel,
  snapshot: OrganizationSnapshot,
): Promise<Decision<Written> | "stale"> {
  const run = <Result>(steps: Steps<Result>) => inSlices(steps, pause);
  const before = await storedModel(registry, snapshot);
  if (before === null) return "stale";
  const stored = (await run(readModelText(before))) as ModelDocument;
  const allocate = (count: number) => registry.allocate(count, by.organization);
  const document = await assignNumbers(await run(next(stored)), stored, allocate, pause);
  const text = await run(writeModelText(document));
  const places = await run(placeIdsInSteps(document));
  const orphans = await run(orphaned(snapshot.subscriptions, places));
  const placesBefore = await run(placeIdsInSteps(stored));
  const isSmall = Math.max(placesBefore.length, places.length) <= fewPlaces;
  const { added, gone } = isSmall ? nothing : await run(compared(placesBefore, places));
  const result = { document, text, gone, removed: orphans.map(({ id }) => id) };
  const { name } = document.organization;
  if (snapshot.model !== null && text === before && name === snapshot.organization.name && orphans.length === 0) {
    return { audit: [], result };
  }
  // Found from the moment on that the model has them.
  for (const piece of piecesOf(added)) await registry.addPlaces(by.organization, piece);
  const entry = (action: string, object: string, detail: object): AuditEntry => ({
    at: clock.now(),
    actor: by.who.key,
    action,
    object,
    detail: JSON.stringify(detail),
  });
  return {
    name,
    model: { document: text, value: document, ...(isSmall && { places }) },
    remove: orphans.map(({ number }) => number),
    removedBecause: "Its building or tenant was removed from the model.",
    withdraw: withdrawalsOf(snapshot.subscriptions, stored, document, clock.now()),
    audit: [
      entry(by.action, by.object, { places: places.length }),
      ...orphans.map(({ id, scope }) => entry("subscription.delete", id, { reason: "removed from the model", scope })),
    ],
    result,
  };
}

type Written = ChangedModel & { readonly gone: readonly PlaceId[] };

/** As many are written together with the model; of more, what differs, in pieces, so that nobody's write waits for all of them. */
const fewPlaces = 500;

function* piecesOf(places: readonly PlaceId[]): Generator<readonly PlaceId[]> {
  for (let from = 0; from < places.length; from += fewPlaces) yield places.slice(from, from + fewPlaces);
}

interface ComparedPlaces {
  readonly added: readonly PlaceId[];
  readonly gone: readonly PlaceId[];
}
const nothing: ComparedPlaces = { added: [], gone: [] };

function* compared(before: readonly PlaceId[], places: readonly PlaceId[]): Steps<ComparedPlaces> {
  const nameOf = ({ kind, id }: PlaceId) => `${kind} ${id}`;
  const left = new Map<string, PlaceId>();
  const added: PlaceId[] = [];
  yield* forEach(before, (place) => void left.set(nameOf(place), place));
  yield* forEach(places, (place) => {
    const name = nameOf(place);
    if (left.get(name)?.number !== place.number) added.push(place);
    left.delete(name);
  });
  return { added, gone: [...left.values()] };
}

/** Subscriptions of buildings and tenants that the model no longer has. */
function* orphaned(subscriptions: readonly Subscription[], places: readonly PlaceId[]): Steps<readonly Subscription[]> {
  const present = new Set<string>();
  yield* forEach(places, ({ kind, id }) => void present.add(`${kind} ${id}`));
  return subscriptions.filter(
    ({ scope }) => scope.kind !== "organization" && !present.has(`${scope.kind} ${scope.id}`),
  );
}

function* checked(value: unknown, known?: ReadonlySet<unknown>): Steps<ModelDocument> {
  const found = yield* checkModelInSteps(value, known);
  if ("problems" in found) throw invalid(found.problems);
  return found.document;
}

const stale = ({ organization: { revision } }: OrganizationSnapshot): BelfryError =>
  new BelfryError(
    "REVISION_CHANGED",
    `The organization has changed: its revision is ${revision}. Read the model again.`,
  );

function invalid(problems: readonly Problem[]): BelfryError {
  const count = problems.length === 1 ? "one fault" : `${problems.length} faults`;
  const message = `The building model has ${count}; nothing of it was stored. Fix what \`problems\` names.`;
  return new BelfryError("INVALID_MODEL", message, { problems });
}
