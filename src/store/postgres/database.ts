// The connections to PostgreSQL: single reads, and transactions that are whole or not at all. A transaction whose commit got no
// answer is looked up by its name once the database answers again: nobody is told "no" of what was written.

import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { withoutNul } from "../storable-text.ts";
import { failureKind, isStale, MayBeWritten, unavailable } from "./failure.ts";

export type Row = Record<string, unknown>;

/** A connection, within a transaction or by itself. Texts of statements are constants: each is prepared once per connection.
 * Whole numbers of any size arrive as numbers, `bytea` as Buffer. */
export interface Session {
  rows<Found = Row>(sql: string, values?: readonly unknown[]): Promise<readonly Found[]>;
  /** The first row; undefined: there is none. */
  row<Found = Row>(sql: string, values?: readonly unknown[]): Promise<Found | undefined>;
  /** How many rows it changed. */
  run(sql: string, values?: readonly unknown[]): Promise<number>;
}

export interface Transaction extends Session {
  /** Statements without values, several in one text: for changes of the schema. */
  script(sql: string): Promise<void>;
  /** What PostgreSQL calls the transaction, where a statement of it has told already: that saves asking before the commit. */
  named(transaction: string): void;
}

export interface Database {
  /** Single statements, each by itself. Throws UNAVAILABLE while the database is away. */
  readonly session: Session;
  /** One transaction. `work` may run more than once: it keeps nothing but what it returns. Throws UNAVAILABLE while the database is
   * away: where nobody can tell whether it was written it is MayBeWritten, else nothing was. */
  write<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result>;
  /** Reads as of one moment. */
  read<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  /** A connection of its own, for LISTEN. The caller ends it. */
  connect(): Promise<pg.Client>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** Connections at most. */
  readonly connections: number;
  /** Named in pg_stat_activity. */
  readonly name: string;
  /** How long the fate of a commit is asked for, ms. */
  readonly fateMs?: number;
}

/** A statement that runs for longer is cancelled, ms. Long enough for the largest slice, short enough for a stop. */
const statementMs = 15_000;
/** A process that is stopped in the middle of a transaction holds others up for no longer, ms. */
const idleMs = 5_000;
const lockMs = 10_000;
const connectMs = 5_000;
const usualFateMs = 10_000;
const fateEveryMs = 250;
/** Statements are written for their indexes. A statement is planned once per connection, perhaps while a partition is empty: the plan
 * must not read all of it later. Nor may a list that is read in the order of its index become a bitmap of the whole of it, which is
 * sorted, where PostgreSQL guesses that it is short: on today's disks a page anywhere costs about what the next one does.
 * Compiling a statement takes longer than running any of ours, and so does starting others to share it with. */
export const planning = [
  "enable_seqscan=off",
  "enable_bitmapscan=off",
  "random_page_cost=1.1",
  "plan_cache_mode=force_generic_plan",
  "jit=off",
  "max_parallel_workers_per_gather=0",
]
  .map((each) => `-c ${each}`)
  .join(" ");
/** A peer that is gone without a word, with its machine or its network, is noticed within half a minute, by both sides: its locks and
 * its place among the connections would be kept for hours. */
const keepAlives = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3";
const keepAliveMs = 10_000;
/** So often a transaction that met another one is tried. */
const tries = 5;

const parserOf = pg.types.getTypeParser;
/** int8 fits: no number here is above 2^53. */
const types = {
  getTypeParser: ((...[oid, format]: Parameters<typeof parserOf>) =>
    oid === pg.types.builtins.INT8 && format !== "binary" ? Number : parserOf(oid, format)) as typeof parserOf,
};

export function openDatabase({ url, connections, name, fateMs = usualFateMs }: DatabaseOptions): Database {
  const settings: pg.ClientConfig = {
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    lock_timeout: lockMs,
    idle_in_transaction_session_timeout: idleMs,
    query_timeout: statementMs + 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMs,
    types,
    options: `${planning} ${keepAlives}`,
  };
  const pool = new pg.Pool({ ...settings, max: connections, idleTimeoutMillis: 60_000 });
  // A connection that breaks while nobody uses it: the next caller gets another one.
  pool.on("error", () => {});
  // Nor may one that breaks while somebody has it, or gives it back, end the process: the next statement tells.
  pool.on("connect", (client) => void client.on("error", () => {}));
  const session = sessionOf((sql, values) => repeated(() => single(sql, values)));

  async function single(sql: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    const client = await connected();
    try {
      const result = await client.query(prepared(sql, values));
      client.release();
      return result;
    } catch (error) {
      client.release(error as Error);
      throw error;
    }
  }

  async function transaction<Result>(
    begin: string,
    work: (session: Transaction) => Promise<Result>,
    isWriting: boolean,
  ): Promise<Result> {
    const client = await connected();
    let broken: Error | undefined;
    const onError = (error: Error) => (broken = error);
    client.on("error", onError);
    let name: string | undefined;
    /** Its commit has begun. */
    let ending: { readonly name: string; readonly result: Result } | undefined;
    try {
      const ran = sessionOf((sql, values) => client.query(prepared(sql, values)));
      await client.query(begin);
      const result = await work({
        ...ran,
        script: async (sql) => void (await client.query(sql)),
        named: (said) => void (name = said),
      });
      if (isWriting) name ??= (await ran.row<{ name: string | null }>(nameOfTransaction))?.name ?? undefined;
      if (isWriting && name !== undefined) ending = { name, result };
      await client.query("commit");
      client.off("error", onError);
      client.release();
      return result;
    } catch (error) {
      client.off("error", onError);
      const lost = broken !== undefined || failureKind(error) === "away" || isStale(error);
      if (!lost) await client.query("rollback").catch((failure: Error) => (broken = failure));
      client.release(lost || broken !== undefined ? (broken ?? (error as Error)) : undefined);
      if (ending !== undefined && lost && (await wasWritten(ending.name, error))) return ending.result;
      throw error;
    }
  }

  async function connected(): Promise<pg.PoolClient> {
    try {
      return await pool.connect();
    } catch (error) {
      // Whatever the reason, also a password or a name that has changed: nothing can be asked, or was written.
      throw unavailable(error);
    }
  }

  /** Throws MayBeWritten where the database does not tell. */
  async function wasWritten(name: string, cause: unknown): Promise<boolean> {
    const end = performance.now() + fateMs;
    for (;;) {
      try {
        const found = await session.row<{ fate: string | null }>("select pg_xact_status($1::xid8) as fate", [name]);
        if (found?.fate === "committed") return true;
        if (found?.fate === "aborted") return false;
      } catch {
        // Not back yet.
      }
      if (performance.now() > end) throw new MayBeWritten(name, cause);
      await sleep(fateEveryMs);
    }
  }

  return {
    session,
    write: (work) => repeated(() => transaction("begin", work, true)),
    read: (work) => repeated(() => transaction("begin isolation level repeatable read read only", work, false)),
    async connect() {
      const client = new pg.Client(settings);
      // Whoever has it hears of it with the next statement, or listens as well.
      client.on("error", () => {});
      try {
        await client.connect();
      } catch (error) {
        throw unavailable(error);
      }
      return client;
    },
    close: () => pool.end(),
  };
}

/** Tries again at once what met another transaction. Throws UNAVAILABLE where the database is away. */
async function repeated<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      const kind = failureKind(error);
      if (kind === "away" || (kind === "again" && count === tries)) throw unavailable(error);
      if (kind !== "again") throw error;
    }
  }
}

const nameOfTransaction = "select pg_current_xact_id_if_assigned()::text as name";

const names = new Map<string, string>();

/** Each text has a name of its own for the server, which then parses and plans it once per connection. */
function prepared(sql: string, values: readonly unknown[]): pg.QueryConfig {
  let name = names.get(sql);
  if (name === undefined) names.set(sql, (name = `belfry_${names.size}`));
  return { name, text: sql, values: values.map(storable) };
}

const storable = (value: unknown): unknown => {
  if (typeof value === "string") return withoutNul(value);
  return Array.isArray(value) ? value.map(storable) : value;
};

function sessionOf(query: (sql: string, values: readonly unknown[]) => Promise<pg.QueryResult>): Session {
  return {
    rows: async (sql, values = []) => (await query(sql, values)).rows,
    row: async (sql, values = []) => (await query(sql, values)).rows[0],
    run: async (sql, values = []) => (await query(sql, values)).rowCount ?? 0,
  };
}
