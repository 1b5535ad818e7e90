// The partitions that a table has, as the catalogs of PostgreSQL tell it.

import type { Session } from "./database.ts";

/** Ranges of numbers, and days since 1970. */
export const byNumber = ["event", "attempt", "observation"] as const;
export const byDay = ["minute_hour", "idempotency_key"] as const;
export type ByNumber = (typeof byNumber)[number];
export type ByDay = (typeof byDay)[number];

export interface Partition {
  readonly table: ByNumber | ByDay;
  readonly name: string;
  /** Its rows are from `first` to below `end`. */
  readonly first: number;
  readonly end: number;
  /** Its removal has begun, and was cut off: it takes no rows, and nobody sees those it has. */
  readonly isDetaching: boolean;
  /** Of its rows, without what is stored beside them. */
  readonly bytes: number;
  /** About. */
  readonly rows: number;
}

/** In their order. */
export async function listPartitions(session: Session, table: ByNumber | ByDay): Promise<readonly Partition[]> {
  const found = await session.rows<Omit<Partition, "table" | "first" | "end"> & { readonly bound: string }>(
    'select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound, i.inhdetachpending as "isDetaching",' +
      " coalesce(pg_relation_size(c.oid), 0) as bytes, greatest(c.reltuples, 0)::float8 as rows" +
      " from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = $1::text::regclass",
    [table],
  );
  const partitions = found.map(({ bound, ...each }) => ({ ...each, table, ...rangeOf(bound) }));
  return partitions.toSorted((one, other) => one.first - other.first);
}

/** FOR VALUES FROM ('1') TO ('99'), or without quotes. */
function rangeOf(bound: string): { readonly first: number; readonly end: number } {
  const [, first, end] = /^FOR VALUES FROM \('?(-?\d+)'?\) TO \('?(-?\d+)'?\)$/.exec(bound) ?? [];
  if (end === undefined) throw new Error(`this is no bound of a partition of Belfry: ${bound}`);
  return { first: Number(first), end: Number(end) };
}

/** Makes one, aside, and attaches it: neither waits for whoever reads or writes the table, nor has them wait. It has the indexes
 * of its table. What rows of traffic need of VACUUM is nothing: they are never changed, and go with their partition. */
export const createPartition = (table: ByNumber | ByDay, first: number, end: number): string =>
  `create table ${table}_${first} (like ${table} including defaults including constraints)` +
  `${table === "minute_hour" ? "" : " with (autovacuum_vacuum_insert_threshold = -1)"};` +
  `alter table ${table} attach partition ${table}_${first} for values from (${first}) to (${end});`;
