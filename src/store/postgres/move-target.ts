// An empty database that takes the rows of another store. What was written, and how far, is one transaction: a move that was cut off
// goes on where it was. Until the move is complete no server starts on the database (meta `move`).

import { StartError } from "../../errors.ts";
import type { Clock } from "../../clock.ts";
import { assertMasterKey, makeKeyCheck } from "../master-key-check.ts";
import { readMigrations } from "../migrations.ts";
import { createSum, type MovedSum } from "../moved-sum.ts";
import type { MovedColumn, MovedFacts, MovedKey, MovedRow, MovedTable, MovedValue } from "../moved-tables.ts";
import { createVault } from "../vault.ts";
import { integers, texts } from "./arrays.ts";
import { type Database, openDatabase, type Session } from "./database.ts";
import { maintain } from "./maintenance.ts";
import { migrate } from "./migrate.ts";
import { boundAfter, boundBefore } from "./numbers.ts";
import { byNumber, createPartition, listPartitions } from "./partition-list.ts";
import { createPartitions } from "./partitions.ts";
import { finishMove } from "./statements/finish-move.ts";
import { keyCheck } from "./statements/key-check.ts";

export interface MoveTarget {
  /** Where an earlier call was cut off: tables before this one are there. null: at the first. */
  readonly position: { readonly table: string; readonly after: MovedKey } | null;
  /** Whether an earlier call has completed it. */
  readonly isComplete: boolean;
  /** Writes rows of a table, up to this key of it. */
  write(table: MovedTable, rows: readonly MovedRow[], last: MovedKey): Promise<void>;
  /** Numbers go on behind those of the source. May be called again. */
  finish(facts: MovedFacts): Promise<void>;
  sum(table: MovedTable): Promise<MovedSum>;
  /** From now on servers start on the database. */
  complete(): Promise<void>;
}

export interface TargetOptions {
  readonly url: string;
  readonly masterKey: Uint8Array;
  readonly migrations: string;
  readonly clock: Clock;
  readonly partitionMs: number;
  /** Names the store that is moved, and its last event or observation. */
  readonly source: { readonly id: string; readonly lastNumber: number };
}

interface Position {
  readonly source: string;
  readonly table: string | null;
  readonly after: MovedKey;
  readonly isComplete: boolean;
}

const lock = 0x6d6f7665;

/** Throws a StartError for a database that cannot be used, holds something else, or is being moved into by another process. */
export async function withMoveTarget<Result>(
  { url, masterKey, migrations, clock, partitionMs, source }: TargetOptions,
  work: (target: MoveTarget) => Promise<Result>,
): Promise<Result> {
  const database = openDatabase({ url, connections: 4, name: "belfry move" });
  try {
    await migrate(database, readMigrations(migrations));
    const vault = createVault(masterKey);
    const done = await maintain(database, lock, async () => {
      const before = await positionOf(database.session);
      if (before === null) await begin(database, source.id);
      else if (before.source !== source.id)
        throw new StartError("Another store was moved into this database: use an empty one.");
      assertMasterKey(await keyCheck(database.session, makeKeyCheck(vault)), vault, "the database");
      await coverBelow(database, source.lastNumber, clock.now(), partitionMs);
      return { result: await work(createTarget(database, source.id, before, partitionMs)) };
    });
    if (done === null) throw new StartError("Another process moves a store into this database: wait until it is done.");
    return done.result;
  } finally {
    await database.close();
  }
}

async function positionOf(session: Session): Promise<Position | null> {
  const found = await session.row<{ value: string }>("select value from meta where name = 'move'");
  return found === undefined ? null : (JSON.parse(found.value) as Position);
}

/** What a server leaves at its first start, and a move would double. */
async function begin(database: Database, source: string): Promise<void> {
  const found = await database.session.row<{ used: boolean }>(
    "select exists (select 1 from organization) or exists (select 1 from key) or exists (select 1 from audit)" +
      " or exists (select 1 from event) or exists (select 1 from observation) as used",
  );
  if (found!.used) {
    throw new StartError(
      "The database is not empty: a server has run on it. Make an empty one, and name it with --to.",
    );
  }
  await note(database.session, { source, table: null, after: null, isComplete: false });
}

const note = (session: Session, position: Position): Promise<number> =>
  session.run("insert into meta values ('move', $1) on conflict (name) do update set value = excluded.value", [
    JSON.stringify(position),
  ]);

/** Numbers of the embedded store are small: they lie below those that tell the time. */
async function coverBelow(database: Database, last: number, now: number, spanMs: number): Promise<void> {
  const end = Math.max(boundBefore(now, spanMs), last === 0 ? 0 : boundAfter(last, spanMs));
  await database.write(async (transaction) => {
    for (const table of byNumber) {
      if ((await listPartitions(transaction, table)).length > 0) continue;
      await transaction.script(createPartition(table, 1, end));
    }
  });
}

function createTarget(database: Database, source: string, before: Position | null, spanMs: number): MoveTarget {
  const partitions = createPartitions(database, spanMs);
  const { table, after, isComplete } = before ?? { table: null, after: null, isComplete: false };
  return {
    position: table === null ? null : { table, after },
    isComplete,
    async write(moved, rows, last) {
      const day = moved.columns.findIndex(({ name }) => name === moved.days);
      if (day !== -1)
        await partitions.prepareDays(
          moved.name as "minute_hour",
          rows.map((row) => row[day] as number),
        );
      await database.write(async (transaction) => {
        await transaction.run(
          insertOf(moved),
          moved.columns.map((column, index) => arrayOf(column, rows, index)),
        );
        await note(transaction, { source, table: moved.name, after: last, isComplete: false });
      });
    },
    finish: (facts) => database.write((transaction) => finishMove(transaction, facts)),
    sum: (moved) => database.read((session) => sumOf(session, moved)),
    async complete() {
      await database.session.run("analyze");
      await note(database.session, { source, table, after, isComplete: true });
    },
  };
}

function insertOf({ name, columns }: MovedTable): string {
  const values = columns.map(({ type, isTruth }, index) => {
    if (type === "bytes") return `decode(c${index}, 'hex')`;
    return isTruth === true ? `c${index} <> 0` : `c${index}`;
  });
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${type === "integer" ? "bigint" : "text"}[]`);
  return (
    `insert into ${name} (${columns.map((column) => column.name).join(", ")}) overriding system value` +
    ` select ${values.join(", ")} from unnest(${arrays.join(", ")}) r (${columns.map((_, index) => `c${index}`).join(", ")})`
  );
}

function arrayOf({ type }: MovedColumn, rows: readonly MovedRow[], index: number): Buffer {
  return type === "integer"
    ? integers(rows.map((row) => row[index] as number | null))
    : texts(rows.map((row) => row[index] as string | null));
}

const readAtOnce = 1_000;

async function sumOf(session: Session, { name, columns }: MovedTable): Promise<MovedSum> {
  const selected = columns.map((column) => (column.isTruth === true ? `${column.name}::int` : column.name));
  await session.run(`declare moved_${name} no scroll cursor for select ${selected.join(", ")} from ${name}`);
  const sum = createSum();
  for (;;) {
    const rows = await session.rows<Record<string, unknown>>(`fetch ${readAtOnce} from moved_${name}`);
    for (const row of rows) sum.add(columns.map((column) => valueOf(row[column.name])));
    if (rows.length < readAtOnce) return sum.sum();
  }
}

const valueOf = (value: unknown): MovedValue =>
  value instanceof Uint8Array ? Buffer.from(value).toString("hex") : (value as MovedValue);
