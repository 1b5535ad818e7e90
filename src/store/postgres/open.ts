// Opens the store on PostgreSQL: connections, schema, master key, ports. Any number of processes open the same database.

import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import { BelfryError, StartError } from "../../errors.ts";
import { assertMasterKey, makeKeyCheck } from "../master-key-check.ts";
import { readMigrations } from "../migrations.ts";
import { createModelTexts } from "../model-texts.ts";
import type { Store } from "../store.ts";
import { createVault } from "../vault.ts";
import { createContext } from "./context.ts";
import { type Database, openDatabase } from "./database.ts";
import { createLines } from "./statements/lines.ts";
import { reasonOf } from "./failure.ts";
import { migrate } from "./migrate.ts";
import { createHeldEpochs } from "./held-epochs.ts";
import { createOrderedWrites } from "./ordered-writes.ts";
import { createPartitions } from "./partitions.ts";
import { createHistory } from "./ports/history.ts";
import { createLedger } from "./ports/ledger.ts";
import { createNodeStore } from "./ports/nodes.ts";
import { createRegistry, registryStatements } from "./ports/registry.ts";
import { createReplayStore } from "./ports/replays.ts";
import { createChangeFeed } from "./statements/changes.ts";
import { keyCheck } from "./statements/key-check.ts";
import { createSignInStatements } from "./statements/sign-ins.ts";

export interface PostgresOptions {
  /** postgres://user:password@host:port/database?sslmode=… */
  readonly url: string;
  readonly masterKey: Uint8Array;
  readonly clock: Clock;
  /** Connections at most. */
  readonly connections?: number;
  /** How much time a partition spans, ms. */
  readonly partitionMs?: number;
  /** How long a commit whose answer was lost is asked for, ms. */
  readonly fateMs?: number;
}

export const migrationsDirectory: string = join(import.meta.dirname, "migrations");
const dayMs = 86_400_000;

/** Throws a StartError where the process must not start: no database there, a wrong master key, a foreign schema. */
export async function openPostgres(options: PostgresOptions): Promise<Store> {
  const { url, masterKey, clock, connections = 16, partitionMs = dayMs, fateMs } = options;
  const database = openDatabase({ url, connections, name: "belfry", ...(fateMs !== undefined && { fateMs }) });
  try {
    await migrate(database, readMigrations(migrationsDirectory));
    await assertMoved(database);
    const vault = createVault(masterKey);
    assertMasterKey(await keyCheck(database.session, makeKeyCheck(vault)), vault, nameOf(url));
    const partitions = createPartitions(database, partitionMs);
    const { writer } = (await database.session.row<{ writer: number }>("select nextval('writer_number') as writer"))!;
    const held = createHeldEpochs();
    const ordered = createOrderedWrites(database, clock, partitions, writer, held);
    const context = createContext({ database, ordered, held, partitions, clock });
    const lines = createLines(held);
    context.owners.onRollback(lines.reset);
    const ledger = createLedger(context, lines);
    await createModelTexts(registryStatements(context)).clear();
    return {
      ledger: ledger.port,
      registry: createRegistry(context, vault),
      history: createHistory(context, connections),
      signIns: createSignInStatements(context),
      replays: createReplayStore(context, lines),
      changes: createChangeFeed(context),
      nodes: createNodeStore(database, clock),
      isRenumbered: false,
      copyTo: async () => {
        throw new BelfryError(
          "INVALID",
          "A database of PostgreSQL is backed up with its own tools: see docs/deploy.md.",
        );
      },
      broken: new Promise(() => {}),
      async close() {
        await ledger.idle();
        await ordered.idle();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    if (error instanceof StartError) throw error;
    throw new StartError(
      `The database cannot be used (${reasonOf(error)}): check BELFRY_DATABASE_URL or --database-url, and that it runs.`,
      { cause: error },
    );
  }
}

/** The database for people: no user, no password. */
function nameOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** What a move has written so far is no whole store. */
async function assertMoved({ session }: Database): Promise<void> {
  const found = await session.row<{ value: string }>("select value from meta where name = 'move'");
  if (found === undefined || (JSON.parse(found.value) as { readonly isComplete: boolean }).isComplete) return;
  throw new StartError("A store is being moved into this database: call belfry migrate-store again until it is done.");
}
