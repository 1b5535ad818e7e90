// Erases what is left of organizations that were removed: everything that grew with their traffic, table by table, block by block as
// the rows lie on the disk, so that no index is needed. A process that ends in the middle leaves the rest to the next one. The audit
// stays.

import type { Context } from "../context.ts";
import type { Session } from "../database.ts";
import { maintain } from "../maintenance.ts";

const lock = 0x72656d6f;
const budgetMs = 30;
const blocks = 256;
/** Their rows are much larger than others. */
const blocksOf: Readonly<Record<string, number>> = { model_piece: 2, picture: 2 };

interface Table {
  readonly name: string;
  readonly blocks: number;
}

interface Progress {
  readonly organization: number;
  /** The tables that are not done. */
  readonly tables: Table[];
  /** Of the first of them. */
  block: number;
}

/** false: nothing is left, or another process is at it. */
export function createEraseRemoved({ database, clock }: Context): () => Promise<boolean> {
  let progress: Progress | null = null;

  async function step(session: Session, now: Progress): Promise<void> {
    const [table] = now.tables as [Table];
    const end = now.block + (blocksOf[table.name] ?? blocks);
    const some = `ctid >= '(${now.block},0)'::tid and ctid < '(${end},0)'::tid`;
    await session
      .run(`delete from ${table.name} where ${some} and organization = $1`, [now.organization])
      .catch(unlessGone);
    now.block = end;
    if (end < table.blocks) return;
    now.tables.shift();
    now.block = 0;
  }

  const readNext = () =>
    database.session.row<{ number: number }>("select number from removed_organization order by number limit 1");

  return async () => {
    const next = await readNext();
    if (next === undefined) return false;
    const end = clock.monotonic() + budgetMs;
    const more = await maintain(database, lock, async (session) => {
      if (progress?.organization !== next.number) {
        progress = { organization: next.number, tables: [...(await tablesOf(session))], block: 0 };
      }
      while (progress.tables.length > 0) {
        await step(session, progress);
        if (clock.monotonic() >= end) return true;
      }
      progress = null;
      await session.run("delete from removed_organization where number = $1", [next.number]);
      return (await readNext()) !== undefined;
    });
    return more ?? false;
  };
}

/** A partition may have been removed meanwhile. */
function unlessGone(error: unknown): void {
  if ((error as { readonly code?: string }).code !== "42P01") throw error;
}

/** All that say whose their rows are. What is owed goes first, then attempts: nothing that is still owed writes into a table that
 * is done. */
const tablesOf = (session: Session): Promise<readonly Table[]> =>
  session.rows<Table>(
    "select c.relname as name, ceil(pg_relation_size(c.oid) / 8192.0)::float8 as blocks from pg_class c" +
      " join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization' where c.relkind = 'r'" +
      " and c.relnamespace = current_schema::regnamespace and c.relname not in ('audit', 'organization')" +
      " order by c.relname <> 'delivery', c.relname not like 'attempt%', c.relname",
  );
