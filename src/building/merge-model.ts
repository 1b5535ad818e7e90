// What the operator puts, over what is stored: what a vendor's API made, set and deleted since survives a document that does
// not speak of it [design §5, the place]. Pure. The result still has to be checked: numbers may clash.

import { atOnce, forEach, type Steps } from "../steps.ts";
import type { TagDocument } from "./asset-document.ts";
import { type ContentRecord, contentsOf, tagsIn, tagsOf } from "./contents.ts";
import type { ModelDocument } from "./document.ts";
import { dropDangling } from "./dangling.ts";
import { type RecordKind, recordsOf } from "./records.ts";
import { bareSensorId } from "./sensor-id.ts";

/** Fields that the operator names win, others keep what an API set. Records that an API made stay where their parent stays;
 * those that it deleted stay deleted, unless `restore`. Both documents must have passed checkModel. */
export function* mergeInSteps(stored: ModelDocument, put: ModelDocument, restore = false): Steps<ModelDocument> {
  const deleted = restore ? [] : unique([...(stored.deleted_by_api ?? []), ...(put.deleted_by_api ?? [])]);
  const touched = yield* isTouched(stored);
  if (deleted.length === 0 && put.deleted_by_api === undefined && !touched) return put;
  const { deleted_by_api: _, ...rest } = put;
  const bare = { ...rest, ...(deleted.length > 0 && { deleted_by_api: deleted }) };
  if (!touched && deleted.length === 0) return bare;
  const merge = yield* createMerge(stored, put, restore, new Set(deleted.map(({ kind, id }) => `${kind} ${id}`)));
  const tags = merge.listedTags();
  const merged = yield* merge.inside("model", stored as unknown as ContentRecord, bare as unknown as ContentRecord);
  const document = { ...merged, ...(tags.length > 0 && { tags }) } as unknown as ModelDocument;
  return yield* dropDangling(document);
}

/** The same at once. */
export const mergeModel = (stored: ModelDocument, put: ModelDocument, restore?: boolean): ModelDocument =>
  atOnce(mergeInSteps(stored, put, restore));

function* createMerge(stored: ModelDocument, put: ModelDocument, restore: boolean, deleted: ReadonlySet<string>) {
  const named = new Set<string>();
  yield* forEach(recordsOf(put), ({ kind, record }) => {
    for (const key of keysOf(kind, record as ContentRecord)) named.add(key);
  });
  const before = new Map<string, ContentRecord>();
  yield* forEach(recordsOf(stored), ({ kind, record }) => {
    before.set(`${kind} ${record.id}`, record as ContentRecord);
  });
  const namedTags = new Set(tagsIn(put).flatMap(({ id, name }) => (name === undefined ? [] : [id])));

  /** The lists of a record: those it names, and after them what an API made there. */
  function* inside(
    kind: RecordKind | "model",
    old: ContentRecord | undefined,
    now: ContentRecord,
  ): Steps<Record<string, unknown>> {
    const lists: Record<string, unknown> = {};
    for (const [field, inner] of contentsOf(kind)) {
      const given = (now[field] ?? []) as readonly ContentRecord[];
      const kept = ((old?.[field] ?? []) as readonly ContentRecord[]).filter((each) => survives(inner, each));
      const list: object[] = [];
      for (const each of given) {
        yield;
        if (!deleted.has(`${inner} ${each.id}`)) list.push(yield* merged(inner, each));
      }
      for (const each of kept) list.push({ ...each, ...(yield* inside(inner, each, { id: each.id })) });
      if (now[field] !== undefined || list.length > 0) lists[field] = list;
    }
    return { ...(kind === "model" ? now : {}), ...lists };
  }

  /** Only what an API made, and only while the operator names neither it nor the same device. */
  const survives = (kind: RecordKind, record: ContentRecord): boolean =>
    record.origin === "api" && !keysOf(kind, record).some((key) => named.has(key));

  function* merged(kind: RecordKind, now: ContentRecord): Steps<ContentRecord> {
    const old = before.get(`${kind} ${now.id}`);
    const { set_by_api: _, untagged_by_api: __, ...given } = now;
    return {
      ...given,
      ...setFields(old, given),
      ...tagFields(kind, old, now, restore),
      ...(yield* inside(kind, old, now)),
    };
  }

  const listedTags = (): readonly TagDocument[] => [
    ...(put.tags ?? []),
    ...(stored.tags ?? []).filter(({ id, origin }) => origin === "api" && !namedTags.has(id)),
  ];

  return { inside, listedTags };
}

/** What an API set and the operator does not name. */
function setFields(old: ContentRecord | undefined, now: ContentRecord): Partial<ContentRecord> {
  const fields = (old?.set_by_api ?? []).filter((field) => now[field] === undefined);
  if (old === undefined || fields.length === 0) return {};
  const values = Object.fromEntries(fields.map((field) => [field, old[field]]));
  return { ...definedOf(values), set_by_api: fields };
}

/** The operator's tags without those that an API took away, and with those that it gave. */
function tagFields(
  kind: RecordKind,
  old: ContentRecord | undefined,
  now: ContentRecord,
  restore: boolean,
): Partial<ContentRecord> {
  if (old === undefined) return {};
  const own = tagsOf(kind, now);
  const untagged = restore ? [] : (old.untagged_by_api ?? []);
  const given = tagsOf(kind, old).filter(({ id, origin }) => origin === "api" && !own.some((tag) => tag.id === id));
  if (untagged.length === 0 && given.length === 0) return {};
  const tags = [...own.filter(({ id }) => !untagged.includes(id)), ...given];
  return { tags, ...(untagged.length > 0 && { untagged_by_api: untagged }) };
}

/** By what a record is known: there is one device behind a MAC address, and a sensor's prefix is no difference. */
function keysOf(kind: RecordKind, { id, mac_address: mac }: ContentRecord): readonly string[] {
  if (kind !== "sensor") return [`${kind} ${id}`];
  return [`sensor ${bareSensorId(id)}`, ...(mac === undefined ? [] : [`mac ${mac}`])];
}

/** Whether an API has left anything in the model. */
function* isTouched({ tags, deleted_by_api, ...document }: ModelDocument): Steps<boolean> {
  if ((deleted_by_api ?? []).length > 0 || tags?.some(({ origin }) => origin === "api")) return true;
  let index = 0;
  for (const { kind, record } of recordsOf(document)) {
    if (++index % 64 === 0) yield;
    const { origin, set_by_api, untagged_by_api } = record as ContentRecord;
    if (origin === "api" || set_by_api !== undefined || untagged_by_api !== undefined) return true;
    if (tagsOf(kind, record).some((tag) => tag.origin === "api")) return true;
  }
  return false;
}

const definedOf = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

function unique(deleted: readonly { readonly kind: string; readonly id: string }[]) {
  return [...new Map(deleted.map((each) => [`${each.kind} ${each.id}`, each])).values()];
}
