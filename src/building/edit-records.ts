// Edits single records of a building model, and leaves all others as they are. Pure. What a vendor's API edits is marked, so
// that it survives the operator's next document (merge-model.ts).

import { type ContentRecord, contentsOf } from "./contents.ts";
import type { ModelDocument } from "./document.ts";
import type { RecordKind } from "./records.ts";

/** Null: the record goes. */
export type EditRecord = (record: ContentRecord) => ContentRecord | null;

/** `edits` by kind and id, such as `room room_1`; those that name no record do nothing. */
export function editRecords(document: ModelDocument, edits: ReadonlyMap<string, EditRecord>): ModelDocument {
  return inside("model", document as unknown as ContentRecord, edits) as unknown as ModelDocument;
}

function inside(
  kind: RecordKind | "model",
  record: ContentRecord,
  edits: ReadonlyMap<string, EditRecord>,
): ContentRecord {
  const changed: Record<string, unknown> = {};
  for (const [field, inner] of contentsOf(kind)) {
    const list = record[field] as readonly ContentRecord[] | undefined;
    if (list === undefined) continue;
    const edited = list.flatMap((each) => {
      const within = inside(inner, each, edits);
      const edit = edits.get(`${inner} ${each.id}`);
      return edit === undefined ? within : (edit(within) ?? []);
    });
    if (edited.length !== list.length || edited.some((each, index) => each !== list[index])) changed[field] = edited;
  }
  return Object.keys(changed).length === 0 ? record : { ...record, ...changed };
}

/** The record with these fields; null removes one. */
export function withApiFields(record: ContentRecord, fields: Readonly<Record<string, unknown>>): ContentRecord {
  const changed: Record<string, unknown> = { ...record, ...fields };
  for (const [field, value] of Object.entries(fields)) if (value === null) delete changed[field];
  if (record.origin !== "api") {
    changed["set_by_api"] = [...new Set([...(record.set_by_api ?? []), ...Object.keys(fields)])];
  }
  return changed as ContentRecord;
}

export function withApiTag(record: ContentRecord, id: string): ContentRecord {
  const { tags = [], untagged_by_api: untagged = [], ...rest } = record;
  const others = untagged.filter((each) => each !== id);
  const kept = tags.some((tag) => tag.id === id) ? tags : [...tags, { id, origin: "api" as const }];
  return { ...rest, tags: kept, ...(others.length > 0 && { untagged_by_api: others }) };
}

export function withoutApiTag(record: ContentRecord, id: string): ContentRecord {
  const { tags = [], untagged_by_api: untagged = [] } = record;
  const tag = tags.find((each) => each.id === id);
  if (tag === undefined) return record;
  const changed = { ...record, tags: tags.filter((each) => each !== tag) };
  if (tag.origin === "api" || record.origin === "api") return changed;
  return { ...changed, untagged_by_api: [...new Set([...untagged, id])] };
}
