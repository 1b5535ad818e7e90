// Reads of entries for the history. What a tenant may see is decided here from the grants that were written with each entry;
// the rule is building/entitled.ts.

import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { entryKindNumber, groundNumber, readyMadeKind } from "../../codes.ts";
import { type EntryRow, entryOf } from "../../entry-view.ts";
import type { EntryFilter, EntryView } from "../../history.ts";
import type { EntryReads } from "../../history-operations.ts";

interface Condition {
  readonly from: string;
  readonly where: string;
  readonly given: readonly SQLInputValue[];
}

const columns =
  "select e.number, g.id as organization, e.kind, e.building, e.at, e.accepted_at as acceptedAt, e.source_id as sourceId," +
  " e.guid, e.status, e.type, e.origin, e.data";

export function createEntryReads(database: DatabaseSync): EntryReads {
  const find = ({ from, where, given }: Condition, more: string, ...values: SQLInputValue[]): readonly EntryView[] =>
    (
      database.prepare(`${columns} ${from} where ${where} ${more}`).all(...given, ...values) as unknown as EntryRow[]
    ).map(entryOf);

  return {
    entries(filter, limit, offset) {
      const condition = conditionOf(filter);
      const { from, where, given } = condition;
      const count = database.prepare(`select count(*) as total ${from} where ${where}`).get(...given);
      const items = find(condition, "order by e.number desc limit ? offset ?", limit, offset);
      return { items, total: Number(count?.["total"]) };
    },
    entriesBefore(filter, { limit, before }) {
      const newest = before ?? Number.MAX_SAFE_INTEGER;
      const rows = find(conditionOf(filter), "and e.number < ? order by e.number desc limit ?", newest, limit + 1);
      const items = rows.slice(0, limit);
      return { items, before: rows.length > limit ? items.at(-1)!.number : null };
    },
  };
}

function conditionOf(filter: EntryFilter): Condition {
  const { withReadyMade = false } = filter;
  const { organization, kind, building, tenants, from, to, statuses, types, origins, words, guid, number, sourceId } =
    filter;
  const parts: string[] = [];
  const given: SQLInputValue[] = [];
  const add = (part: string, ...values: SQLInputValue[]): void => {
    parts.push(part);
    given.push(...values);
  };
  if (organization !== null) add("g.id = ?", organization);
  if (kind === null && !withReadyMade) add("e.kind < ?", readyMadeKind);
  if (kind !== null && !withReadyMade) add("e.kind = ?", entryKindNumber[kind]);
  if (kind !== null && withReadyMade)
    add("e.kind in (?, ?)", entryKindNumber[kind], entryKindNumber[kind] + readyMadeKind);
  if (building !== null) add("e.building = ?", building);
  if (tenants !== null) {
    // They have few entries: those are looked up first, by the key of their table. As stillGranted decides
    // [building/entitled.ts].
    const { self, unit, mate } = groundNumber;
    const granted = tenants.map(
      () =>
        "select t.number from entry_tenant t join organization o on o.number = t.organization where o.id = ? and t.tenant = ? and (t.ground = ? or (t.unit = ? and t.ground in (?, ?)))",
    );
    const values = tenants.flatMap(({ id, unit: home, mates }) => [
      organization,
      id,
      self,
      home,
      unit,
      mates ? mate : unit,
    ]);
    add(granted.length === 0 ? "false" : `e.number in (${granted.join(" union ")})`, ...values);
  }
  if (from !== undefined) add("e.at >= ?", from);
  if (to !== undefined) add("e.at <= ?", to);
  const oneOf = (column: string, values: readonly string[]): void =>
    add(`${column} in (${values.map(() => "?").join(", ")})`, ...values);
  if (statuses !== undefined)
    oneOf(
      "lower(e.status)",
      statuses.map((status) => status.toLowerCase()),
    );
  if (types !== undefined) oneOf("e.type", types);
  if (origins !== undefined) oneOf("e.origin", origins);
  if (words !== undefined) add("instr(e.words, ?) > 0", `\n${words.toLowerCase()}`);
  if (guid !== undefined) add("e.guid = ?", guid);
  if (sourceId !== undefined) add("e.source_id = ?", sourceId);
  if (number !== undefined) add("e.number = ?", number);
  const where = parts.length === 0 ? "true" : parts.join(" and ");
  return { from: "from entry e join organization g on g.number = e.organization", where, given };
}
