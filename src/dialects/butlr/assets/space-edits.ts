// Updates of buildings, floors, rooms and zones, and their tags, as pure edits of the building model [butlr.md §11].

import { type ContentRecord, tagsIn, takesTags } from "../../../building/contents.ts";
import type { ModelDocument } from "../../../building/document.ts";
import {
  type EditRecord,
  editRecords,
  withApiFields,
  withApiTag,
  withoutApiTag,
} from "../../../building/edit-records.ts";
import { recordsOf } from "../../../building/records.ts";
import { BelfryError, type Problem } from "../../../errors.ts";
import { refuse } from "../input.ts";

export type SpaceKind = "building" | "floor" | "room" | "zone";

export interface SpaceInput {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** Absent fields stay, also inside capacity, area and address; null removes; a name stays. */
export function updateSpace(stored: ModelDocument, kind: SpaceKind, input: SpaceInput): ModelDocument {
  const { id, ...given } = input;
  const fields: Record<string, unknown> = { ...given };
  if (fields["name"] === null) delete fields["name"];
  const edited = editRecords(
    stored,
    new Map([[`${kind} ${id}`, (record: ContentRecord) => withApiFields(record, nested(record, fields))]]),
  );
  if (edited === stored) refuse([notFound("input.id", kind, id)]);
  return edited;
}

function nested(record: ContentRecord, fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const whole: Record<string, unknown> = { ...fields };
  for (const field of ["capacity", "area", "address"]) {
    const given = fields[field];
    if (given === undefined || given === null) continue;
    const values = Object.entries({ ...(record[field] as object | undefined), ...given });
    whole[field] = Object.fromEntries(values.filter(([, value]) => value !== null));
  }
  return whole;
}

/** Two tags of one name could not be told apart by people. */
export function createTag(stored: ModelDocument, id: string, name: string): ModelDocument {
  if (name.trim() === "" || name.length > 200) {
    refuse([{ path: "input.name", code: "INVALID_NAME", message: "must have 1 to 200 characters, not only blanks." }]);
  }
  const twin = [...tagNames(stored)].find(([, other]) => other === name);
  if (twin !== undefined) {
    throw new BelfryError("CONFLICT", `There is a tag with this name already: ${twin[0]}. Use that one.`);
  }
  return { ...stored, tags: [...(stored.tags ?? []), { id, name, origin: "api" }] };
}

export function associateTag(stored: ModelDocument, ids: readonly string[], tag: string): ModelDocument {
  return editTagged(stored, ids, tag, (record) => withApiTag(record, tag));
}

export function disassociateTag(stored: ModelDocument, ids: readonly string[], tag: string): ModelDocument {
  const edited = editTagged(stored, ids, tag, (record) => withoutApiTag(record, tag));
  // A tag that only the spaces named keeps its name when the last of them loses it.
  if (tagNames(edited).has(tag)) return edited;
  const name = tagNames(stored).get(tag)!;
  return { ...edited, tags: [...(edited.tags ?? []), { id: tag, name, origin: "api" }] };
}

function editTagged(stored: ModelDocument, ids: readonly string[], tag: string, edit: EditRecord): ModelDocument {
  const kinds = new Map<string, string>();
  for (const { kind, record } of recordsOf(stored)) {
    if (takesTags(kind) && !kinds.has(record.id)) kinds.set(record.id, kind);
  }
  const problems: Problem[] = ids.flatMap((id, index) =>
    kinds.has(id) ? [] : [notFound(`input.ids[${index}]`, "floor, room or zone", id)],
  );
  if (!tagNames(stored).has(tag)) problems.unshift(notFound("input.tag_id", "tag", tag));
  refuse(problems);
  return editRecords(stored, new Map(ids.map((id) => [`${kinds.get(id)!} ${id}`, edit])));
}

function tagNames(document: ModelDocument): Map<string, string> {
  const names = new Map<string, string>();
  for (const { id, name } of tagsIn(document)) {
    if (name !== undefined && !names.has(id)) names.set(id, name);
  }
  return names;
}

const notFound = (path: string, what: string, id: string): Problem => ({
  path,
  code: "NOT_FOUND",
  message: `is no ${what}: ${JSON.stringify(id.slice(0, 128))}.`,
});
