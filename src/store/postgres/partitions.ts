// Partitions of the tables that grow with traffic, made before the first row needs them: `event`, `attempt` and `observation` by
// ranges of numbers, `minute_hour` and `idempotency_key` by days. A range of numbers begins where the one before it ends, so the
// time that one spans can be another at every start. What removes them: statements/remove-partition.ts.

import type { Database, Transaction } from "./database.ts";
import { boundAfter, boundBefore, leastNumber, numbersIn } from "./numbers.ts";
import { type ByDay, type ByNumber, byNumber, createPartition, listPartitions } from "./partition-list.ts";

export type { ByDay } from "./partition-list.ts";

export interface Partitions {
  /** Sees to it that rows of this time, epoch ms, and some later ones have their partitions. Costs nothing where they are there,
   * and waits only where they are not. */
  prepare(at: number): Promise<void>;
  /** The same for days since 1970, which may lie far back. */
  prepareDays(table: ByDay, days: Iterable<number>): Promise<void>;
}

const lock = 0x70617274;

/** `spanMs`: how much time a partition of numbers spans. */
export function createPartitions(database: Database, spanMs: number): Partitions {
  const latest: Record<ByDay, number> = { minute_hour: -Infinity, idempotency_key: -Infinity };

  async function missing(table: ByDay, days: readonly number[]): Promise<readonly number[]> {
    const there = await database.session.rows<{ name: string }>(
      "select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid" +
        " where i.inhparent = $1::text::regclass and c.relname = any($2)",
      [table, days.map((day) => `${table}_${day}`)],
    );
    const names = new Set(there.map(({ name }) => name));
    return days.filter((day) => !names.has(`${table}_${day}`));
  }

  return {
    prepare: createNumberPartitions(database, spanMs),
    async prepareDays(table, wanted) {
      // The newest day is there for long; an earlier one may have been removed, by another process too.
      const days = [...new Set(wanted)].filter((day) => day !== latest[table]);
      if (days.length === 0) return;
      for (const day of await missing(table, days)) {
        await locked(database, async (transaction) => {
          const all = await listPartitions(transaction, table);
          if (!all.some(({ first }) => first === day)) await transaction.script(createPartition(table, day, day + 1));
        });
      }
      latest[table] = Math.max(latest[table], ...days);
    },
  };
}

function createNumberPartitions(database: Database, spanMs: number): (at: number) => Promise<void> {
  /** Up to then they are there, epoch ms. */
  let upTo = -Infinity;
  let making: Promise<void> | null = null;

  async function make(at: number): Promise<void> {
    await locked(database, async (transaction) => {
      const last = await lastNumber(transaction);
      // A clock that was set back, here or elsewhere, leaves numbers ahead of it.
      const end = Math.max(leastNumber(at + spanMs), last + numbersIn(spanMs));
      for (const table of byNumber) await cover(transaction, table, at, end, spanMs);
    });
    upTo = at + spanMs;
  }

  const begin = (at: number): Promise<void> => (making ??= make(at).finally(() => (making = null)));
  return async (at) => {
    if (at >= upTo) return await begin(at);
    // Ahead of time, so that nobody waits. Where it fails it is tried again, and in the end somebody is told.
    if (at >= upTo - spanMs / 2 && making === null) begin(at).catch(() => {});
  };
}

async function cover(
  transaction: Transaction,
  table: ByNumber,
  at: number,
  end: number,
  spanMs: number,
): Promise<void> {
  const last = (await listPartitions(transaction, table)).at(-1);
  let first = last?.end ?? boundBefore(at, spanMs);
  const bounds: string[] = [];
  while (first <= end) {
    const next = boundAfter(Math.max(first, leastNumber(at)), spanMs);
    bounds.push(createPartition(table, first, next));
    first = next;
  }
  if (bounds.length > 0) await transaction.script(bounds.join(""));
}

const locked = (database: Database, work: (transaction: Transaction) => Promise<void>): Promise<void> =>
  database.write(async (transaction) => {
    await transaction.rows("select pg_advisory_xact_lock($1)", [lock]);
    await work(transaction);
  });

/** Of events and observations, whichever is higher. */
async function lastNumber(transaction: Transaction): Promise<number> {
  const found = await transaction.row<{ last: number }>(
    "select greatest(e.last_value, o.last_value) as last from event_number e, observation_number o",
  );
  return found!.last;
}
