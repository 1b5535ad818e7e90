// Entries for the owner and for acceptance: written with the progress of sensing or with ready-made events, and the organization of
// a call found by its GUID.

import { type Entry, entryNumber } from "../../../model/entry.ts";
import type { AcceptedEntry } from "../../acceptance.ts";
import { entryKindNumber, groundNumber, readyMadeKind } from "../../codes.ts";
import type { Ledger } from "../../ledger.ts";
import { integers, texts } from "../arrays.ts";
import type { Context, InternedOrganization } from "../context.ts";
import type { Session } from "../database.ts";

export type EntryReadsOperations = Pick<Ledger, "findCall">;
type Organizations = ReadonlyMap<string, InternedOrganization>;

const putEntries =
  "with known as (select e.number from entry e where e.number = any($1::bigint[]))," +
  " put as (insert into entry (number, organization, kind, building, at, accepted_at, source_id, guid, status, type, origin, words," +
  " data) select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[]," +
  " $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])" +
  " on conflict (number) do update set status = excluded.status, data = excluded.data)" +
  " insert into entry_tenant (organization, tenant, kind, number, unit, ground) select * from unnest($14::bigint[], $15::text[]," +
  " $16::bigint[], $17::bigint[], $18::text[], $19::bigint[]) g (organization, tenant, kind, number, unit, ground)" +
  " where not exists (select 1 from known k where k.number = g.number) on conflict do nothing";

const readyMadeCall = entryKindNumber.call + readyMadeKind;
const setStatuses =
  "update entry set status = w.status from unnest($1::bigint[], $2::text[], $3::text[]) w (organization, guid, status)" +
  " where number = (select e.number from entry e where e.organization = w.organization::integer and e.guid = w.guid" +
  ` and e.kind = ${readyMadeCall} order by e.number desc limit 1)`;

/** Limits keep it a look for each row that has the GUID, of which there are few. */
const withOrganization = (table: string): string =>
  `cross join lateral (select id from organization where number = ${table}.organization limit 1) g`;
export const findLogged =
  `select distinct g.id from observation o ${withOrganization("o")}` +
  " cross join lateral (select folded from shard_fold where shard = o.shard limit 1) f" +
  " where o.guid = $1 and o.position > f.folded and ($2::text is null or g.id = $2) limit 2";
export const findWritten =
  `select distinct g.id from entry e ${withOrganization("e")}` +
  ` where e.guid = $1 and e.kind < ${readyMadeKind} and ($2::text is null or g.id = $2) limit 2`;

/** An entry that is there is replaced, and keeps whom it concerned when it came. */
export async function writeFoldedEntries(
  session: Session,
  entries: readonly Entry[],
  organizations: Organizations,
): Promise<void> {
  // One that is told twice keeps whom it concerned first.
  const last = new Map<number, Entry>();
  for (const each of entries) {
    const { status, data } = each;
    const before = last.get(each.number);
    last.set(each.number, before === undefined ? each : { ...before, status, data });
  }
  await put(session, [...last.values()], organizations);
}

interface Status {
  readonly organization: number;
  readonly guid: string;
  readonly status: string;
}

/** Those of ready-made events, each new; a status goes to the newest call with its GUID. `first`: the first place of the
 * observation log that they may take, where none is given out again. */
export async function writeReadyMadeEntries(
  session: Session,
  first: number,
  entries: readonly AcceptedEntry[],
  organizations: Organizations,
): Promise<void> {
  const { added, statuses } = workOut(first, entries, organizations);
  if (statuses.length > 0) {
    await session.run(setStatuses, [
      integers(statuses.map(({ organization }) => organization)),
      texts(statuses.map(({ guid }) => guid)),
      texts(statuses.map(({ status }) => status)),
    ]);
  }
  await put(session, added, organizations);
}

/** New entries with their last status, and the last status of calls that were there before. */
function workOut(
  first: number,
  entries: readonly AcceptedEntry[],
  organizations: Organizations,
): { readonly added: readonly Entry[]; readonly statuses: readonly Status[] } {
  const added: Entry[] = [];
  /** Places among those added, and statuses, by organization and GUID. */
  const newest = new Map<string, number>();
  const statuses = new Map<string, Status>();
  for (const { entry, acceptedAt } of entries) {
    const organization = organizations.get(entry.organization)!.number;
    if ("statusOf" in entry) {
      const { statusOf: guid, status } = entry;
      const place = newest.get(`${organization} ${guid}`);
      if (place === undefined) statuses.set(`${organization} ${guid}`, { organization, guid, status });
      else added[place] = { ...added[place]!, status };
      continue;
    }
    if (entry.kind === "call" && entry.guid !== null) newest.set(`${organization} ${entry.guid}`, added.length);
    added.push({ ...entry, number: entryNumber(first + added.length), acceptedAt });
  }
  return { added, statuses: [...statuses.values()] };
}

async function put(session: Session, entries: readonly Entry[], organizations: Organizations): Promise<void> {
  if (entries.length === 0) return;
  const text = (of: (entry: Entry) => string | null) => texts(entries.map(of));
  const whole = (of: (entry: Entry) => number) => integers(entries.map(of));
  const grants = entries.flatMap((entry) => entry.grants.map((grant) => ({ entry, grant })));
  const organizationOf = (entry: Entry): number => organizations.get(entry.organization)!.number;
  await session.run(putEntries, [
    whole(({ number }) => number),
    whole(organizationOf),
    whole(kindOf),
    text(({ building }) => building),
    whole(({ at }) => Math.floor(at)),
    whole(({ acceptedAt }) => Math.floor(acceptedAt)),
    text(({ sourceId }) => sourceId),
    text(({ guid }) => guid),
    text(({ status }) => status),
    text(({ type }) => type),
    text(({ origin }) => origin),
    text(({ words }) => words),
    text(({ data }) => data),
    integers(grants.map(({ entry }) => organizationOf(entry))),
    texts(grants.map(({ grant }) => grant.tenant)),
    integers(grants.map(({ entry }) => kindOf(entry))),
    integers(grants.map(({ entry }) => entry.number)),
    texts(grants.map(({ grant }) => grant.unit)),
    integers(grants.map(({ grant }) => groundNumber[grant.ground])),
  ]);
}

const kindOf = (entry: Entry): number => entryKindNumber[entry.kind] + (entry.readyMade === true ? readyMadeKind : 0);

export function createEntryReads({ database }: Context): EntryReadsOperations {
  return {
    async findCall(organization, guid) {
      const logged = await database.session.rows<{ id: string }>(findLogged, [guid, organization]);
      const written = await database.session.rows<{ id: string }>(findWritten, [guid, organization]);
      return [...new Set([...logged, ...written].map(({ id }) => id))];
    },
  };
}
