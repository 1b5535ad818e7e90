// Removes a partition with all its rows. It is detached concurrently: nobody who reads or writes its table waits for that, and what
// waits is this, for transactions that began to use the table before. Where one of them is held open for long, it gives way and
// goes on another time. Needs a session outside of transactions [maintenance.ts].

import type { Session } from "../database.ts";
import { byDay, byNumber, type Partition } from "../partition-list.ts";

/** Rows of partitions up to this size are counted, those of others estimated. */
const countedBytes = 256 * 1024 * 1024;

/** Cancelled since it waited; lock not available; another process was at it, or has done it. */
const notNow = new Set(["57014", "55P03", "55000", "42P01"]);

/** How many rows went; null: not now. */
export async function removePartition(session: Session, partition: Partition): Promise<number | null> {
  const { table, name, isDetaching, bytes, rows } = partition;
  try {
    const counted = bytes <= countedBytes && !isDetaching;
    const found = counted ? (await session.row<{ rows: number }>(`select count(*) as rows from ${name}`))!.rows : rows;
    await session.run(`alter table ${table} detach partition ${name} ${isDetaching ? "finalize" : "concurrently"}`);
    await session.run(`drop table ${name}`);
    return Math.round(found);
  } catch (error) {
    if (notNow.has((error as { readonly code?: string }).code ?? "")) return null;
    throw error;
  }
}

const names = new RegExp(`^(?:${[...byNumber, ...byDay].join("|")})_\\d+$`);

/** Drops partitions that were detached, and left since a process ended before it could drop them. */
export async function dropDetached(session: Session): Promise<void> {
  const tables = await session.rows<{ name: string }>(
    "select relname as name from pg_class where relkind = 'r' and not relispartition" +
      " and relnamespace = current_schema::regnamespace",
  );
  for (const { name } of tables) if (names.test(name)) await session.run(`drop table if exists ${name}`);
}
