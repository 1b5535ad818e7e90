// Work on the database as a whole, which one process does at a time: on a connection of its own, under a lock that goes with the
// connection. Its statements name partitions, so they are not prepared, and may be of the kind that no transaction takes.

import type pg from "pg";
import type { Database, Session } from "./database.ts";
import { failureKind, unavailable } from "./failure.ts";

/** No statement here takes longer, ms: one that waits for others gives way, and is begun again another time. */
const statementMs = 5_000;

/** `lock` names the work. null: another process is at it. Throws UNAVAILABLE. */
export async function maintain<Result>(
  database: Database,
  lock: number,
  work: (session: Session) => Promise<Result>,
): Promise<Result | null> {
  let client: pg.Client | null = null;
  try {
    client = await database.connect();
    // The statement that is under way fails, too.
    client.on("error", () => {});
    const session = unprepared(client);
    await session.run(`set statement_timeout = ${statementMs}`);
    const got = await session.row<{ got: boolean }>("select pg_try_advisory_lock($1) as got", [lock]);
    return got!.got ? await work(session) : null;
  } catch (error) {
    throw failureKind(error) === "away" ? unavailable(error) : error;
  } finally {
    await client?.end().catch(() => {});
  }
}

function unprepared(client: pg.Client): Session {
  const query = (sql: string, values: readonly unknown[]): Promise<pg.QueryResult> =>
    client.query(sql, values as unknown[]);
  return {
    rows: async (sql, values = []) => (await query(sql, values)).rows,
    row: async (sql, values = []) => (await query(sql, values)).rows[0],
    run: async (sql, values = []) => (await query(sql, values)).rowCount ?? 0,
  };
}
