// What lies in what: the lists of a model's records, by the kind of record that has them; and the tags that spaces have.

import type { TagDocument } from "./asset-document.ts";
import type { ModelDocument } from "./document.ts";
import { type AnyRecord, type RecordKind, recordsOf } from "./records.ts";

/** Any record, with what is read of all of them alike. */
export interface ContentRecord {
  readonly id: string;
  readonly butterflymx_id?: number;
  readonly origin?: "api";
  readonly set_by_api?: readonly string[];
  readonly tags?: readonly TagDocument[];
  readonly untagged_by_api?: readonly string[];
  readonly mac_address?: string;
  readonly [field: string]: unknown;
}

type ParentKind = "model" | "site" | "building" | "floor";

/** Field and kind of what is listed there. */
const contents: Readonly<Record<ParentKind, readonly (readonly [field: string, kind: RecordKind])[]>> = {
  model: [["sites", "site"]],
  site: [["buildings", "building"]],
  building: [
    ["floors", "floor"],
    ["access_points", "access_point"],
    ["devices", "device"],
    ["units", "unit"],
    ["tenants", "tenant"],
    ["keychains", "keychain"],
    ["access_tools", "access_tool"],
  ],
  floor: [
    ["rooms", "room"],
    ["zones", "zone"],
    ["hives", "hive"],
    ["sensors", "sensor"],
  ],
};

/** The lists that a record of this kind has; most have none. */
export const contentsOf = (kind: RecordKind | "model"): readonly (readonly [field: string, kind: RecordKind])[] =>
  kind in contents ? contents[kind as ParentKind] : [];

export const takesTags = (kind: RecordKind): boolean => kind === "floor" || kind === "room" || kind === "zone";

/** The tags of a floor, room or zone. Any other record may have a field of this name that nobody has checked. */
export const tagsOf = (kind: RecordKind, record: AnyRecord): readonly TagDocument[] =>
  takesTags(kind) ? ((record as ContentRecord).tags ?? []) : [];

/** All of a model: those of its own list, then those of its spaces. A tag is there as often as it is named. */
export const tagsIn = (document: ModelDocument): readonly TagDocument[] => [
  ...(document.tags ?? []),
  ...Array.from(recordsOf(document), ({ kind, record }) => tagsOf(kind, record)).flat(),
];
