// Edits of passes in a building model by a vendor's API: what it makes is marked, and survives the operator's next document
// [merge-model.ts]. Pure.

import type { ContentRecord } from "./contents.ts";
import type { CredentialDocument, ModelDocument, VirtualKeyDocument } from "./document.ts";
import { editRecords, withApiFields } from "./edit-records.ts";

type Pass = "keychain" | "access_tool";
const lists = { keychain: "keychains", access_tool: "access_tools" } as const;

export function addPass(
  document: ModelDocument,
  building: string,
  kind: Pass,
  record: CredentialDocument,
): ModelDocument {
  const field = lists[kind];
  const edit = (parent: ContentRecord): ContentRecord => {
    const list = (parent[field] ?? []) as readonly unknown[];
    return { ...parent, [field]: [...list, { ...record, origin: "api" }] };
  };
  return editRecords(document, new Map([[`building ${building}`, edit]]));
}

/** One that the operator made stays deleted though the operator's documents name it. */
export function removePass(document: ModelDocument, kind: Pass, id: string): ModelDocument {
  let isApis = false;
  const edited = editRecords(
    document,
    new Map([
      [
        `${kind} ${id}`,
        (record: ContentRecord) => {
          isApis = record.origin === "api";
          return null;
        },
      ],
    ]),
  );
  if (isApis) return edited;
  return { ...edited, deleted_by_api: [...(edited.deleted_by_api ?? []), { kind, id }] };
}

/** Notes that what stands elsewhere of it, such as its PIN, has changed. */
export function touchPass(document: ModelDocument, kind: Pass, id: string, at: string): ModelDocument {
  return editRecords(
    document,
    new Map([[`${kind} ${id}`, (record: ContentRecord) => withApiFields(record, { updated_at: at })]]),
  );
}

/** `edit` gets the keys of the keychain. */
export function editKeys(
  document: ModelDocument,
  keychain: string,
  edit: (keys: readonly VirtualKeyDocument[]) => readonly VirtualKeyDocument[],
): ModelDocument {
  const change = (record: ContentRecord): ContentRecord =>
    withApiFields(record, { virtual_keys: edit((record["virtual_keys"] ?? []) as readonly VirtualKeyDocument[]) });
  return editRecords(document, new Map([[`keychain ${keychain}`, change]]));
}
