// A store that nobody runs, opened to be moved elsewhere: brought to the newest schema like at any start, then read table by table
// under its lock.

import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { Clock } from "../../clock.ts";
import { StartError } from "../../errors.ts";
import { databaseName } from "../master-key.ts";
import type { MovedColumn, MovedFacts, MovedKey, MovedRow, MovedTable, MovedValue } from "../moved-tables.ts";
import { shardOf } from "../shards.ts";
import { withoutNul } from "../storable-text.ts";
import { lockDirectory } from "./file/lock.ts";
import { closeEngine } from "./group-commit.ts";
import { openSqlite } from "./open.ts";
import { movedMark, openEngine } from "./open-engine.ts";
import { createDeliveriesByLane } from "./statements/deliveries-by-lane.ts";
import { createEngineContext, type EngineContext } from "./statements/engine-context.ts";
import { createIdempotencyKeys } from "./statements/idempotency-keys.ts";
import { rereadFrom } from "./statements/observation-log.ts";

export interface StoppedStore {
  /** Names the store. */
  readonly id: string;
  readonly facts: MovedFacts;
  count(table: MovedTable): number;
  /** The next rows behind a key, and the key of the last. */
  read(table: MovedTable, after: MovedKey): { readonly rows: readonly MovedRow[]; readonly last: MovedKey };
  /** From now on it does not start, unless somebody insists. */
  noteMoved(): void;
  close(): void;
}

/** Throws a StartError for a directory in use, a wrong master key, or a store that cannot be trusted. */
export async function openStopped(directory: string, masterKey: Uint8Array, clock: Clock): Promise<StoppedStore> {
  const file = join(directory, databaseName);
  if (!existsSync(file)) throw new StartError(`There is no store in ${directory}: ${databaseName} is missing.`);
  // Everything that a start does: checks, migrations, the master key.
  await (await openSqlite({ directory, masterKey, clock })).close();
  const lock = lockDirectory(directory, file);
  try {
    const engine = openEngine({ file, ownerEpoch: lock.epoch, isCopy: false, asIs: false }, clock);
    const { database } = engine;
    database.exec("begin immediate");
    engine.operations.identify(randomUUID());
    const context = createEngineContext(database);
    createDeliveriesByLane(context).complete();
    createIdempotencyKeys(context).complete();
    database.exec("commit");
    return {
      ...readerOf(database),
      id: context.meta("store") as string,
      facts: factsOf(context),
      noteMoved() {
        database.exec("begin immediate");
        context.setMeta(movedMark, 1);
        database.exec("commit");
      },
      close() {
        closeEngine(engine);
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function readerOf(database: DatabaseSync): Pick<StoppedStore, "count" | "read"> {
  const organizations = database.prepare("select number, id from organization").all();
  const shards = new Map(organizations.map(({ number, id }) => [number, shardOf(String(id))]));
  const call = database.prepare("select number from kind where dialect = '' and name = 'call'").get()?.["number"];

  const derive = {
    shard: (row: Row) => shards.get(row["organization"] as number)!,
    guid: (row: Row) => (row["kind"] === call ? guidOf(row["body"] as string) : null),
  } as const;
  const valueOf = (row: Row, { name, derived }: MovedColumn): MovedValue =>
    derived === undefined ? plainOf(row[name]!) : derive[derived](row);

  return {
    count(table) {
      const found = database.prepare(`select count(*) as n from ${table.name} where ${conditionOf(table)}`).get();
      return Number(found?.["n"]);
    },
    read(table, after) {
      const stored = table.columns.filter(({ derived }) => derived === undefined);
      const columns = stored.map(({ name, from }) => (from === undefined ? name : `${from} as ${name}`));
      const key = table.key.join(", ");
      const marks = table.key.map(() => "?").join(", ");
      const behind = after === null ? "" : ` and (${key}) > (${marks})`;
      const bound = (after ?? []).map((value, index) => boundOf(table, table.key[index]!, value));
      const rows = database
        .prepare(
          `select ${columns.join(", ")} from ${table.name} where ${conditionOf(table)}${behind} order by ${key} limit ${table.batch}`,
        )
        .all(...bound) as unknown as Row[];
      const last = rows.at(-1);
      return {
        rows: rows.map((row) => table.columns.map((column) => valueOf(row, column))),
        last: last === undefined ? null : table.key.map((name) => plainOf(last[name]!)),
      };
    },
  };
}

type Row = Readonly<Record<string, SQLInputValue>>;

function conditionOf({ ofOrganizations, where = "true" }: MovedTable): string {
  return ofOrganizations ? `organization in (select number from organization) and ${where}` : where;
}

/** As PostgreSQL can keep it. */
function plainOf(value: SQLInputValue): MovedValue {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return typeof value === "string" ? withoutNul(value) : (value as MovedValue);
}

function boundOf({ columns }: MovedTable, name: string, value: MovedValue): SQLInputValue {
  const isBytes = columns.find((column) => column.name === name)?.type === "bytes";
  return isBytes ? Buffer.from(String(value), "hex") : value;
}

function guidOf(body: string): string | null {
  const { data } = JSON.parse(body) as { readonly data?: { readonly guid?: unknown } };
  return typeof data?.guid === "string" ? data.guid : null;
}

function factsOf(context: EngineContext): MovedFacts {
  const number = (name: string): number => Number(context.meta(name) ?? 0);
  const top = context.prepare("select ifnull(max(number), 0) as top from organization").get()?.["top"];
  const own = JSON.parse((context.meta("own_retention") as string | undefined) ?? "{}") as Record<string, object>;
  return {
    last: {
      ...context.last,
      model: number("last_model"),
      organization: Math.max(number("last_organization"), Number(top)),
    },
    nextNumber: context.meta("next_number") === undefined ? null : number("next_number"),
    epoch: number("epoch"),
    released: number("released") === number("epoch"),
    ownedUpTo: number("owned_up_to"),
    folded: number("fold"),
    rereadFrom: rereadFrom(context),
    retentions: Object.entries(own).map(([organization, record]) => [Number(organization), JSON.stringify(record)]),
  };
}
