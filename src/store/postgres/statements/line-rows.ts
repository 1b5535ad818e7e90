// The rows of lines, and of those that wait in them [lines.ts]. Each statement works on lists, of whichever lanes. Other nodes may
// end deliveries meanwhile (retention, erasure, removal): a head is locked before anybody is set aside behind it, and whoever ends
// deliveries releases their lines in a statement after the one that removed them.

import type { DueByClass, Waiting } from "../../lines.ts";
import type { Session, Transaction } from "../database.ts";

/** The head of a line, as its row names it. */
export interface Led {
  readonly lane: number;
  readonly line: string;
  readonly head: number;
}

/** A head that is gone. `reached`: up to which due times its lane was read; undefined: nobody knows. */
export interface Gone {
  readonly head: number;
  readonly reached: Readonly<DueByClass> | undefined;
}

type OfLine = Pick<Led, "lane" | "line">;

export const linesOf = (session: Session, lines: readonly OfLine[]): Promise<readonly Led[]> =>
  session.rows<Led>(
    "select l.lane, l.line, l.head from unnest($1::bigint[], $2::text[]) g (lane, line)" +
      " join line l on l.lane = g.lane and l.line = g.line",
    [lines.map(({ lane }) => lane), lines.map(({ line }) => line)],
  );

/** Those of these deliveries that are owed, and not in quarantine. */
export const owedAmong = (session: Session, deliveries: readonly number[]): Promise<ReadonlySet<number>> =>
  numbers(session, "select number from delivery where number = any($1) and location <> 2", [deliveries]);

/** The same; none of them ends before the transaction does. */
export const lockOwed = (transaction: Transaction, deliveries: readonly number[]): Promise<ReadonlySet<number>> =>
  numbers(
    transaction,
    "select number from delivery where number = any($1) and location <> 2 order by number for key share",
    [deliveries],
  );

async function numbers(session: Session, sql: string, values: readonly unknown[]): Promise<ReadonlySet<number>> {
  return new Set((await session.rows<{ number: number }>(sql, values)).map(({ number }) => number));
}

/** Keeps who leads these lines, and sets those aside that wait behind them. Lock the heads before. */
export async function setAside(
  transaction: Transaction,
  heads: readonly Led[],
  waiting: readonly Waiting[],
): Promise<void> {
  await transaction.run(
    "with led as (insert into line as l (lane, line, organization, head) select g.lane, g.line, d.organization, g.head" +
      " from unnest($1::bigint[], $2::text[], $3::bigint[]) g (lane, line, head) join delivery d on d.number = g.head" +
      " on conflict (lane, line) do update set head = excluded.head where l.head <> excluded.head)," +
      " waits as (insert into behind (lane, line, delivery, organization) select g.lane, g.line, d.number, d.organization" +
      " from unnest($4::bigint[], $5::text[], $6::bigint[]) g (lane, line, delivery) join delivery d on d.number = g.delivery" +
      " on conflict do nothing)" +
      " update delivery set location = 3 where number = any($6) and location = 1",
    [
      heads.map(({ lane }) => lane),
      heads.map(({ line }) => line),
      heads.map(({ head }) => head),
      waiting.map(({ lane }) => lane),
      waiting.map(({ line }) => line),
      waiting.map(({ delivery }) => delivery),
    ],
  );
}

/** Lets the next one of each line be read whose head is among these, which are gone, and makes it the head. A first attempt is due
 * behind what was read of its class. Returns the new heads. */
export const release = (transaction: Transaction, gone: readonly Gone[]): Promise<readonly Led[]> =>
  transaction.rows<Led>("select * from release_lines($1, $2, $3, $4)", [
    gone.map(({ head }) => head),
    ...[0, 1, 2].map((ofClass) => gone.map(({ reached }) => reached?.[ofClass] ?? -1)),
  ]);

const ofShards = "from line l join organization o on o.number = l.organization where o.shard = any($1)";

/** Heads of lines of these shards that have ended, or are in quarantine. */
export const deadHeads = async (session: Session, shards: readonly number[]): Promise<readonly number[]> => [
  ...(await numbers(
    session,
    `select l.head as number ${ofShards}` +
      " and not exists (select 1 from delivery d where d.number = l.head and d.location <> 2)",
    [shards],
  )),
];

/** Lanes of these shards that have lines. */
export const lanesWithLines = (session: Session, shards: readonly number[]): Promise<ReadonlySet<number>> =>
  numbers(session, `select distinct l.lane as number ${ofShards}`, [shards]);

/** A line of the lane; undefined: it has none. */
export const someLineOf = async (session: Session, lane: number): Promise<string | undefined> =>
  (await session.row<{ line: string }>("select line from line where lane = $1 limit 1", [lane]))?.line;

/** Those of these deliveries that are owed in other shards than these. */
export const owedElsewhere = (
  session: Session,
  deliveries: readonly number[],
  shards: readonly number[],
): Promise<ReadonlySet<number>> =>
  numbers(session, "select d.number from delivery d where d.number = any($1) and not d.shard = any($2)", [
    deliveries,
    shards,
  ]);

/** Takes up to `limit` deliveries of the lane out of their lines. Where there are fewer, its lines are gone. */
export async function leaveLines(transaction: Transaction, lane: number, limit: number): Promise<readonly number[]> {
  const left = await numbers(
    transaction,
    "with first as (select line, delivery from behind where lane = $1 order by line, delivery limit $2)" +
      " delete from behind b using first s where b.lane = $1 and b.line = s.line and b.delivery = s.delivery" +
      " returning b.delivery as number",
    [lane, limit],
  );
  if (left.size < limit) await transaction.run("delete from line where lane = $1", [lane]);
  return [...left];
}

/** They wait in no line any more, and can be read. */
export async function show(transaction: Transaction, deliveries: readonly number[]): Promise<void> {
  if (deliveries.length === 0) return;
  await transaction.run("update delivery set location = 1 where number = any($1) and location = 3", [deliveries]);
}
