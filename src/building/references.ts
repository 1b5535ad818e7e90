// What holds between the records of a model: ids, numbers and MAC addresses are unique per kind, and references lead to
// a record of the right kind in the same floor or building. A reference may be an id or a `butterflymx_id`.

import type { Problem } from "../errors.ts";
import { forEach, type Steps } from "../steps.ts";
import type { TagDocument } from "./asset-document.ts";
import { takesTags } from "./contents.ts";
import type { ModelDocument } from "./document.ts";
import type { RecordFields } from "./fields.ts";
import { bareSensorId } from "./sensor-id.ts";
import { type Listed, type RecordKind, recordsOf } from "./records.ts";

/** Which fields name which kind. */
export const referring: Partial<Record<RecordKind, Readonly<Record<string, RecordKind>>>> = {
  zone: { room_id: "room" },
  sensor: { room_id: "room", zone_ids: "zone", hive_id: "hive" },
  hive: { room_id: "room" },
  access_point: { device_ids: "device" },
  tenant: { unit_id: "unit" },
  keychain: { tenant_id: "tenant", unit_id: "unit", access_point_ids: "access_point", device_ids: "device" },
  access_tool: { tenant_id: "tenant", unit_id: "unit" },
};

/** Of all kinds together. So many are compiled in about a second, and remembered in about 100 MB. */
export const mostRecords = 100_000;

const tooMany = (count: number): Problem => ({
  path: "",
  code: "TOO_MANY_RECORDS",
  message: `The model has ${count} records; an organization has at most ${mostRecords}. Make several organizations of it.`,
});

export function* checkReferences(document: ModelDocument): Steps<Problem[]> {
  const records: Listed[] = [];
  yield* forEach(recordsOf(document), (listed) => void records.push(listed));
  if (records.length > mostRecords) return [tooMany(records.length)];
  const problems: Problem[] = [];
  const ids = yield* uniqueIds(records, problems);
  const numbers = yield* uniqueNumbers(records, ids, problems);
  yield* uniqueSensors(records, problems);
  yield* namedTags(document, records, problems);
  yield* forEach(records, (from) => {
    for (const { field, kind, id } of referencesOf(from)) {
      const to = ids.get(`${kind} ${id}`) ?? numbers.get(`${kind} ${id}`);
      if (to?.parent === from.parent) continue;
      const path = `${from.path}.${field}`;
      const sentence = `${nameOf(from)} names ${wordsOf(kind)} ${id}`;
      if (to === undefined) {
        problems.push({ path, code: "UNKNOWN_REFERENCE", message: `${sentence}, which is not in this model.` });
      } else {
        const home = `${wordsOf(from.parent!.kind)} ${from.parent!.record.id}`;
        const message = `${sentence}, which is not part of ${home}: it stands at ${to.path}.`;
        problems.push({ path, code: "FOREIGN_REFERENCE", message });
      }
    }
  });
  return problems;
}

function* uniqueIds(records: readonly Listed[], problems: Problem[]): Steps<Map<string, Listed>> {
  const found = new Map<string, Listed>();
  yield* forEach(records, (listed) => {
    if (listed.record.id === undefined) return;
    const key = `${listed.kind} ${listed.record.id}`;
    const first = found.get(key);
    if (first === undefined) found.set(key, listed);
    else {
      const message = `${nameOf(listed)} is there twice: it stands at ${first.path} already. Ids are unique per kind.`;
      problems.push({ path: `${listed.path}.id`, code: "DUPLICATE_ID", message });
    }
  });
  return found;
}

/** A number must not be another record's number, nor its id: clients may name a record by either. */
function* uniqueNumbers(
  records: readonly Listed[],
  ids: ReadonlyMap<string, Listed>,
  problems: Problem[],
): Steps<Map<string, Listed>> {
  const found = new Map<string, Listed>();
  yield* forEach(records, (listed) => {
    const number = listed.record.butterflymx_id;
    if (number === undefined) return;
    const key = `${listed.kind} ${number}`;
    const other = found.get(key) ?? ids.get(key) ?? listed;
    if (other.record.id !== listed.record.id) {
      const message = `butterflymx_id ${number} of ${nameOf(listed)} already names ${nameOf(other)} at ${other.path}.`;
      problems.push({ path: `${listed.path}.butterflymx_id`, code: "DUPLICATE_NUMBER", message });
    }
    if (!found.has(key)) found.set(key, listed);
  });
  return found;
}

/** Two sensors must differ in more than the prefix of their id, which payloads leave out, and in their MAC address. */
function* uniqueSensors(records: readonly Listed[], problems: Problem[]): Steps<void> {
  const bare = new Map<string, Listed>();
  const macs = new Map<string, Listed>();
  yield* forEach(records, (listed) => {
    if (listed.kind !== "sensor") return;
    const { id, mac_address: mac } = listed.record as { readonly id?: string; readonly mac_address?: string };
    const namesake = id === undefined ? undefined : bare.get(bareSensorId(id));
    if (namesake !== undefined && namesake.record.id !== id) {
      const message = `${nameOf(listed)} differs from ${nameOf(namesake)} at ${namesake.path} by its prefix only.`;
      problems.push({ path: `${listed.path}.id`, code: "DUPLICATE_ID", message });
    }
    if (id !== undefined) bare.set(bareSensorId(id), listed);
    if (mac === undefined) return;
    const twin = macs.get(mac);
    if (twin === undefined) macs.set(mac, listed);
    else {
      const message = `${nameOf(listed)} has the MAC address ${mac} of ${nameOf(twin)} at ${twin.path}.`;
      problems.push({ path: `${listed.path}.mac_address`, code: "DUPLICATE_MAC", message });
    }
  });
}

/** A tag has a name, and the same wherever it is named. */
function* namedTags({ tags = [] }: ModelDocument, records: readonly Listed[], problems: Problem[]): Steps<void> {
  const tagsOf = ({ path, record }: Pick<Listed, "path"> & { readonly record: object }) =>
    ((record as { readonly tags?: readonly (TagDocument | undefined)[] }).tags ?? []).map((tag, index) => ({
      path: `${path === "" ? "" : `${path}.`}tags[${index}]`,
      tag,
    }));
  const uses = tagsOf({ path: "", record: { tags } });
  yield* forEach(records, (listed) => {
    if (takesTags(listed.kind)) for (const use of tagsOf(listed)) uses.push(use);
  });
  const names = new Map<string, string>();
  yield* forEach(uses, ({ path, tag }) => {
    if (tag?.id === undefined || tag.name === undefined) return;
    const name = names.get(tag.id) ?? tag.name;
    names.set(tag.id, name);
    if (name === tag.name) return;
    const message = `Tag ${tag.id} is named ${JSON.stringify(tag.name)} here and ${JSON.stringify(name)} before.`;
    problems.push({ path: `${path}.name`, code: "CONFLICTING_NAME", message });
  });
  yield* forEach(uses, ({ path, tag }) => {
    if (tag?.id === undefined || names.has(tag.id)) return;
    const message = `Tag ${tag.id} has no name: give it one here, or in the model's tags.`;
    problems.push({ path: `${path}.name`, code: "REQUIRED", message });
  });
}

function referencesOf(from: Listed): { readonly field: string; readonly kind: RecordKind; readonly id: string }[] {
  const members = from.record as unknown as RecordFields;
  return Object.entries(referring[from.kind] ?? {}).flatMap(([field, kind]) => {
    const value = members[field];
    const named: readonly unknown[] = Array.isArray(value) ? value : [value];
    return named.flatMap((id, index) =>
      typeof id === "string" ? [{ field: named === value ? `${field}[${index}]` : field, kind, id }] : [],
    );
  });
}

function nameOf({ kind, record }: Listed): string {
  return `${wordsOf(kind)} ${record.id}`;
}

function wordsOf(kind: RecordKind): string {
  return kind.replace("_", " ");
}
