// After a merge: references that an API set may lead to a record that the operator has removed. They go; and what cannot be
// without the record that it hangs on, such as a pass without its tenant, goes with it. Pure.

import type { Steps } from "../steps.ts";
import { type ContentRecord, contentsOf, takesTags, tagsIn, tagsOf } from "./contents.ts";
import type { ModelDocument } from "./document.ts";
import type { RecordKind } from "./records.ts";
import { referring } from "./references.ts";

/** References without which a record says nothing. */
const vital: Partial<Record<RecordKind, readonly string[]>> = {
  tenant: ["unit_id"],
  keychain: ["tenant_id", "unit_id"],
  access_tool: ["tenant_id", "unit_id"],
};

/** Touches only what an API made or set: a fault of the operator's own is for the check to name. */
export function* dropDangling(document: ModelDocument): Steps<ModelDocument> {
  const names = new Set(tagsIn(document).flatMap(({ id, name }) => (name === undefined ? [] : [id])));
  return (yield* inside("model", document as unknown as ContentRecord, names)) as unknown as ModelDocument;
}

function* inside(
  kind: RecordKind | "model",
  record: ContentRecord,
  tagNames: ReadonlySet<string>,
): Steps<ContentRecord> {
  const lists = contentsOf(kind).flatMap(([field, inner]) => {
    const list = record[field] as readonly ContentRecord[] | undefined;
    return list === undefined ? [] : [{ field, inner, list }];
  });
  const present = new Set(lists.flatMap(({ inner, list }) => list.flatMap((each) => namesOf(inner, each))));
  const pruned: Record<string, unknown> = {};
  // Units come before tenants, and tenants before their passes: what has gone is missed by what hangs on it.
  for (const { field, inner, list } of lists) {
    const left: ContentRecord[] = [];
    for (const each of list) {
      yield;
      const kept = yield* whole(inner, each, present, tagNames);
      if (kept === null) for (const name of namesOf(inner, each)) present.delete(name);
      else left.push(kept);
    }
    pruned[field] = left;
  }
  return { ...record, ...pruned };
}

/** A record is referred to by its id or by its number. */
const namesOf = (kind: RecordKind, { id, butterflymx_id: number }: ContentRecord): readonly string[] =>
  number === undefined ? [`${kind} ${id}`] : [`${kind} ${id}`, `${kind} ${number}`];

/** Null: it goes. */
function* whole(
  kind: RecordKind,
  record: ContentRecord,
  present: ReadonlySet<string>,
  tagNames: ReadonlySet<string>,
): Steps<ContentRecord | null> {
  const kept: Record<string, unknown> = { ...(yield* inside(kind, record, tagNames)) };
  for (const [field, target] of Object.entries(referring[kind] ?? {})) {
    if (record.origin !== "api" && !record.set_by_api?.includes(field)) continue;
    const value = record[field];
    const isThere = (id: unknown): boolean => present.has(`${target} ${String(id)}`);
    if (Array.isArray(value)) kept[field] = value.filter(isThere);
    else if (value !== undefined && !isThere(value)) {
      if (vital[kind]?.includes(field)) return null;
      delete kept[field];
    }
  }
  if (takesTags(kind) && record.tags !== undefined) {
    kept["tags"] = tagsOf(kind, record).filter(
      ({ id, name, origin }) => origin !== "api" || name !== undefined || tagNames.has(id),
    );
  }
  return kept as ContentRecord;
}
