// The records of a building model, and what differs between two models: added, changed, removed. Pure. Numbers that Belfry assigns
// by itself are no difference where the new model does not name them.

type Json = Readonly<Record<string, unknown>>;

/** Lists of records by the field that holds them, and what one of them is called. */
const lists = {
  sites: "site",
  buildings: "building",
  floors: "floor",
  rooms: "room",
  zones: "zone",
  hives: "hive",
  sensors: "sensor",
  access_points: "door",
  devices: "panel",
  units: "unit",
  tenants: "tenant",
  keychains: "keychain",
  access_tools: "access tool",
} as const;

export type RecordKind = (typeof lists)[keyof typeof lists] | "organization";

export interface ModelRecord {
  readonly kind: RecordKind;
  readonly id: string;
  readonly name: string;
  /** Names of what it lies in, the outermost first. */
  readonly path: readonly string[];
  /** Id of what it lies in. */
  readonly home: string;
  /** Its own fields, without the records in it. */
  readonly fields: Json;
}

export interface ChangedRecord {
  readonly record: ModelRecord;
  readonly fields: readonly { readonly name: string; readonly before: unknown; readonly after: unknown }[];
}

export interface Difference {
  readonly added: readonly ModelRecord[];
  readonly changed: readonly ChangedRecord[];
  readonly removed: readonly ModelRecord[];
}

/** All records, each once, in the order of the document. */
export function recordsOf(model: unknown): readonly ModelRecord[] {
  const found: ModelRecord[] = [];
  const document = asJson(model);
  const { id, name, ...organization } = asJson(document["organization"]);
  found.push({
    kind: "organization",
    id: String(id),
    name: String(name),
    path: [],
    home: "",
    fields: { ...organization, name, ...plainFields(document, "organization") },
  });
  collect(document, [], "", found);
  return found;
}

function collect(parent: Json, path: readonly string[], home: string, found: ModelRecord[]): void {
  for (const [field, kind] of Object.entries(lists)) {
    const items = parent[field];
    if (!Array.isArray(items)) continue;
    for (const item of items.map(asJson)) {
      const id = String(item["id"]);
      const name = nameOf(item);
      found.push({ kind, id, name, path, home, fields: plainFields(item, "id") });
      collect(item, [...path, name], id, found);
    }
  }
}

function nameOf(item: Json): string {
  const person = [item["first_name"], item["last_name"]].filter(Boolean).join(" ");
  const names = [item["name"], item["label"], item["full_name"], person, item["mac_address"], item["serialNumber"]];
  return String(names.find((name) => typeof name === "string" && name !== "") ?? item["id"]);
}

const plainFields = (item: Json, but: string): Json =>
  Object.fromEntries(
    Object.entries(item).filter(([name]) => !(name in lists) && name !== but && name !== "removed_subscriptions"),
  );

export function differenceOf(before: unknown, after: unknown): Difference {
  const old = new Map(recordsOf(before).map((record) => [keyOf(record), record]));
  const added: ModelRecord[] = [];
  const changed: ChangedRecord[] = [];
  for (const record of recordsOf(after)) {
    const known = old.get(keyOf(record));
    old.delete(keyOf(record));
    if (known === undefined) added.push(record);
    else {
      const fields = changedFields(known, record);
      if (fields.length > 0) changed.push({ record, fields });
    }
  }
  return { added, changed, removed: [...old.values()] };
}

const keyOf = ({ kind, id }: ModelRecord): string => `${kind} ${id}`;
const assigned = "butterflymx_id";

function changedFields(before: ModelRecord, after: ModelRecord): ChangedRecord["fields"] {
  const names = new Set([...Object.keys(before.fields), ...Object.keys(after.fields)]);
  const fields = [...names].flatMap((name) => {
    const [was, is] = [before.fields[name], after.fields[name]];
    if (name === assigned && is === undefined) return [];
    return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ name, before: was, after: is }];
  });
  const moved = before.home === after.home ? [] : [{ name: "lies in", before: before.home, after: after.home }];
  return [...moved, ...fields];
}

const asJson = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});
