// Opens the embedded store. The same engine runs behind a thread of its own, or in the caller's for tests and simulation.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Clock } from "../../clock.ts";
import { StartError } from "../../errors.ts";
import { databaseName } from "../master-key.ts";
import type { Store } from "../store.ts";
import { createVault, type Vault } from "../vault.ts";
import { Broken, commitBatch } from "./commit.ts";
import { type Client, createClient } from "./client.ts";
import { openDatabase } from "./database.ts";
import { createEngine, type Engine, type Verbs } from "./engine.ts";
import { createLedger } from "./ledger-port.ts";
import { migrate, migrationsDirectory, readMigrations } from "./migrate.ts";
import { createRegistry } from "./registry-port.ts";

export interface InProcessOptions {
  /** null: in memory. */
  readonly directory: string | null;
  readonly masterKey: Uint8Array;
  readonly clock: Clock;
}

export async function openSqliteInProcess(options: InProcessOptions): Promise<Store> {
  const { directory, masterKey, clock } = options;
  if (directory !== null) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = openDatabase(directory === null ? ":memory:" : join(directory, databaseName));
  migrate(database, readMigrations(migrationsDirectory), clock.now());
  const engine = createEngine(database, clock);
  const broken = Promise.withResolvers<Error>();
  const client: Client<Verbs> = createClient<Verbs>((calls) => {
    try {
      const answers = commitBatch(engine, calls);
      queueMicrotask(() => client.answered(answers));
    } catch (error) {
      const failure = error instanceof Broken ? error : new Broken(String(error), { cause: error });
      client.fail(failure);
      broken.resolve(failure);
    }
  });
  const vault = createVault(masterKey);
  await checkMasterKey(client, vault, directory ?? "the database");
  return {
    ledger: createLedger(client),
    registry: createRegistry(client, vault, clock),
    history: undefined as never,
    broken: broken.promise,
    async close() {
      await client.drain();
      engine.database.close();
    },
  };
}

async function checkMasterKey({ call }: Client<Verbs>, vault: Vault, where: string): Promise<void> {
  const check = await call("keyCheck", { keyId: vault.keyId, sealed: vault.makeCheck() });
  if (vault.opensCheck(check.sealed)) return;
  throw new StartError(
    `The secrets in ${where} are sealed by the master key ${check.keyId}, the one given is ${vault.keyId}: start with ` +
      "the key that the database was made with (BELFRY_MASTER_KEY or master.key).",
  );
}

export type { Engine };
