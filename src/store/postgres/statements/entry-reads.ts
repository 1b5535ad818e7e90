// Reads of entries for the history. What a tenant may see is decided here from the grants that were written with each entry;
// the rule is building/entitled.ts. Which list is gone down is chosen by what is asked for; the other filters then narrow it.

import { entryKindNumber, groundNumber, readyMadeKind } from "../../codes.ts";
import { type EntryRow, entryOf } from "../../entry-view.ts";
import type { EntryFilter, EntryView } from "../../history.ts";
import { type HistoryContext, of, type Reads } from "./history-context.ts";

/** Entries that one page looks through where filters leave few. */
const mostLooked = 20_000;

const home = "(select o.number from organization o where o.id = $1)";
const byNumber = "e.number desc";
const { self, unit, mate } = groundNumber;

interface List {
  readonly from: string;
  readonly where: string;
  readonly order: string;
}

/** What selects each list. */
const entry = "entry e";
const lists = {
  number: { from: entry, where: "e.number = $16", order: byNumber },
  // Tenants have few entries: those are looked up by the key of their table. As stillGranted decides [building/entitled.ts].
  tenants: {
    from:
      "(select distinct t.number from unnest($4::text[], $5::text[], $6::boolean[]) w (tenant, unit, mates)" +
      ` join entry_tenant t on t.organization = ${home} and t.tenant = w.tenant where t.ground = ${self} or (t.unit = w.unit` +
      ` and (t.ground = ${unit} or (w.mates and t.ground = ${mate})))) t` +
      " cross join lateral (select * from entry where number = t.number limit 1) e",
    where: `e.organization = ${home}`,
    order: byNumber,
  },
  guid: { from: entry, where: "e.guid = $14", order: byNumber },
  building: {
    from: entry,
    where: `${of("e.organization", home)} and ${of("e.building", "$3")}`,
    order: "e.organization desc, e.building desc, e.number desc",
  },
  organization: { from: entry, where: of("e.organization", home), order: "e.organization desc, e.number desc" },
  all: { from: entry, where: "true", order: byNumber },
} as const satisfies Readonly<Record<string, List>>;

const narrowing =
  "($1::text is null or e.organization = (select o.number from organization o where o.id = $1))" +
  " and ($2::smallint[] is null or e.kind = any($2)) and ($3::text is null or e.building = $3)" +
  " and ($4::text[] is null or $5::text[] is not null) and ($6::boolean[] is null or true)" +
  " and ($7::bigint is null or e.at >= $7) and ($8::bigint is null or e.at <= $8)" +
  " and ($9::text[] is null or lower(e.status) = any($9)) and ($10::text[] is null or e.type = any($10))" +
  " and ($11::text[] is null or e.origin = any($11)) and ($12::text is null or strpos(e.words, $12) > 0)" +
  " and ($13::text is null or e.source_id = $13) and ($14::text is null or e.guid = $14)" +
  " and ($15::bigint is null or e.number < $15) and ($16::bigint is null or e.number = $16)";

const columns =
  "e.number, (select o.id from organization o where o.number = e.organization) as organization, e.kind, e.building, e.at," +
  ' e.accepted_at as "acceptedAt", e.source_id as "sourceId", e.guid, e.status, e.type, e.origin, e.data';

interface Texts {
  readonly count: string;
  readonly page: string;
  readonly before: string;
}

const textsOf = ({ from, where, order }: List): Texts => ({
  count: `select count(*) as total from ${from} where ${where} and ${narrowing}`,
  page: `select ${columns} from ${from} where ${where} and ${narrowing} order by ${order} limit $17 offset $18`,
  // The last row says down to which entry was looked; null: to the end.
  before:
    `with looked as materialized (select e.* from ${from} where ${where} and e.number < $15 order by ${order} limit ${mostLooked})` +
    ` select ${columns}, null::bigint as reached from looked e where ${narrowing} union all select null, null, null, null, null, null,` +
    ` null, null, null, null, null, null, case when count(*) = ${mostLooked} then min(number) end from looked` +
    " order by number desc nulls last limit $17",
});
const texts = Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, textsOf(list)])) as Readonly<
  Record<keyof typeof lists, Texts>
>;

export function createEntryReads({ session }: HistoryContext): Reads<"entries" | "entriesBefore"> {
  return {
    async entries(filter, limit, offset) {
      const { count, page } = texts[listOf(filter)];
      const values = valuesOf(filter, null);
      const items = await session.rows<EntryRow>(page, [...values, limit, offset]);
      const found = await session.row<{ total: number }>(count, values);
      return { items: items.map(entryOf), total: found!.total };
    },
    async entriesBefore(filter, { limit, before }) {
      const values = valuesOf(filter, before ?? Number.MAX_SAFE_INTEGER);
      const rows = await session.rows<EntryRow & { readonly reached: number | null }>(texts[listOf(filter)].before, [
        ...values,
        limit + 1,
      ]);
      const found = rows.flatMap((row): EntryView[] => {
        if (row.number === null) return [];
        const { reached: _, ...view } = row;
        return [entryOf(view)];
      });
      if (found.length > limit) return { items: found.slice(0, limit), before: found[limit - 1]!.number };
      return { items: found, before: rows.at(-1)?.reached ?? null };
    },
  };
}

function listOf({ number, tenants, guid, building, organization }: EntryFilter): keyof typeof lists {
  if (tenants !== null) return "tenants";
  if (number !== undefined) return "number";
  if (guid !== undefined) return "guid";
  if (organization === null) return "all";
  return building === null ? "organization" : "building";
}

function valuesOf(filter: EntryFilter, before: number | null): readonly unknown[] {
  const { organization, kind, building, tenants, from, to, statuses, types, origins } = filter;
  const { words, guid, number, sourceId, withReadyMade = false } = filter;
  const all = kind === null ? Object.values(entryKindNumber) : [entryKindNumber[kind]];
  const kinds = withReadyMade ? [...all, ...all.map((each) => each + readyMadeKind)] : all;
  return [
    organization,
    kinds,
    building,
    tenants?.map(({ id }) => id),
    tenants?.map((each) => each.unit),
    tenants?.map(({ mates }) => mates),
    from === undefined ? null : Math.ceil(from),
    to === undefined ? null : Math.floor(to),
    statuses?.map((status) => status.toLowerCase()),
    types,
    origins,
    words === undefined ? null : `\n${words.toLowerCase()}`,
    sourceId,
    guid,
    before,
    number,
  ].map((value) => value ?? null);
}
