// Partitions of the tables that grow with traffic. Those of `event`, `attempt` and `observation` are ranges of numbers, those of
// `minute_hour` and `idempotency_key` are days. They are made ahead of the first row that needs them, aside, and then attached:
// whoever reads the table meanwhile, also in a transaction that nobody ends, is in nobody's way.

import type { Database } from "./database.ts";
import { leastNumber } from "./numbers.ts";

export interface Partitions {
  /** Makes those that rows of this time, epoch ms, need, and the next ones. Costs nothing where they are there. */
  prepare(at: number): Promise<void>;
  /** The same for days since 1970, which may lie far back. */
  prepareDays(table: ByDay, days: Iterable<number>): Promise<void>;
}

export const byNumber = ["event", "attempt", "observation"] as const;
export type ByDay = "minute_hour" | "idempotency_key";

const lock = 0x70617274;

/** `spanMs`: how much time a partition of numbers spans. */
export function createPartitions(database: Database, spanMs: number): Partitions {
  /** The time for which they are there, epoch ms. */
  let from = Infinity;
  let upTo = -Infinity;
  const days: Record<ByDay, Set<number>> = { minute_hour: new Set(), idempotency_key: new Set() };

  async function attach(table: string, first: number, end: number): Promise<void> {
    const name = `${table}_${first}`;
    await database.write(async (transaction) => {
      await transaction.rows("select pg_advisory_xact_lock($1)", [lock]);
      const found = await transaction.row(
        "select 1 from pg_class where relname = $1 and relnamespace = current_schema::regnamespace",
        [name],
      );
      if (found !== undefined) return;
      await transaction.script(
        `create table ${name} (like ${table} including defaults including constraints);` +
          `alter table ${table} attach partition ${name} for values from (${first}) to (${end})`,
      );
    });
  }

  return {
    async prepare(at) {
      if (at >= from && at < upTo) return;
      const begin = Math.floor(at / spanMs) * spanMs;
      for (const time of [begin, begin + spanMs]) {
        for (const table of byNumber) await attach(table, leastNumber(time), leastNumber(time + spanMs));
      }
      from = begin;
      upTo = begin + spanMs;
    },
    async prepareDays(table, wanted) {
      for (const day of new Set(wanted)) {
        if (days[table].has(day)) continue;
        await attach(table, day, day + 1);
        days[table].add(day);
      }
    },
  };
}
