// What each class of rows costs on the disk, estimated: how large its tables are, of which PostgreSQL keeps account, shared out
// by a sample of their pages. Nothing is read whole, however large the tables are; small ones are.

import type { ClassStorage, RetentionClass } from "../../../model/retention.ts";
import type { Session } from "../database.ts";
import { organizationNumber } from "./event-reads.ts";
import type { HistoryContext, Reads } from "./history-context.ts";

/** Pages of a table that are read. */
const sampledPages = 100;

interface Table {
  readonly size: string;
  readonly sample: string;
}

/** `at`: when a row was accepted, epoch ms. */
const table = (name: string, at: string): Table => ({
  size:
    "select sum(pg_total_relation_size(p.relid)) as bytes, sum(pg_relation_size(p.relid)) / 8192 as pages" +
    ` from (select relid from pg_partition_tree('${name}') union select '${name}'::regclass) p`,
  sample:
    "select count(*) as all, count(*) filter (where $1::integer is null or organization = $1) as theirs," +
    " coalesce(sum(pg_column_size(t.*)), 0) as size," +
    " coalesce(sum(pg_column_size(t.*)) filter (where $1::integer is null or organization = $1), 0) as share," +
    ` min(${at}) filter (where $1::integer is null or organization = $1) as oldest from ${name} t tablesample system ($2) repeatable (1)`,
});

const tables: Readonly<Record<RetentionClass, readonly Table[]>> = {
  events: [table("event", "accepted_at"), table("delivery", "created_at"), table("attempt", "started_at")],
  observations: [table("observation", "accepted_at")],
  entries: [table("entry", "accepted_at")],
  minutes: [table("minute_hour", "day::bigint * 86400000")],
};

export function createStorageReads({ session }: HistoryContext): Reads<"classStorage" | "fileBytes"> {
  return {
    async classStorage(kind, id): Promise<ClassStorage> {
      const organization = id === null ? null : await organizationNumber(session, id);
      if (organization === undefined) return { class: kind, rows: 0, bytes: 0, oldest: null };
      const [main, ...others] = tables[kind];
      const { rows, oldest, ...sampled } = await sampleOf(session, main!, organization);
      let { bytes } = sampled;
      for (const other of others) bytes += (await sampleOf(session, other, organization)).bytes;
      return { class: kind, rows: Math.round(rows), bytes: Math.round(bytes), oldest };
    },
    async fileBytes() {
      const found = await session.row<{ file: number }>("select pg_database_size(current_database()) as file");
      // What is free within its files only PostgreSQL's own extensions tell.
      return { file: found!.file, free: 0 };
    },
  };
}

interface Sample {
  readonly all: number;
  readonly theirs: number;
  readonly size: number;
  readonly share: number;
  readonly oldest: number | null;
}

async function sampleOf(
  session: Session,
  { size, sample }: Table,
  organization: number | null,
): Promise<Pick<ClassStorage, "rows" | "bytes" | "oldest">> {
  const found = (await session.row<{ bytes: string | number | null; pages: string | number | null }>(size))!;
  const [bytes, pages] = [Number(found.bytes ?? 0), Number(found.pages ?? 0)];
  const percent = Math.min(100, (100 * sampledPages) / Math.max(1, pages));
  const some = (await session.row<Sample>(sample, [organization, percent]))!;
  const share = some.size === 0 ? 0 : some.share / some.size;
  return { rows: (some.theirs * 100) / percent, bytes: bytes * share, oldest: some.oldest };
}
