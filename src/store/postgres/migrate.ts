// Brings the schema up to date: numbered files of plain SQL, each in a transaction of its own under a lock of the database, so that
// nodes that start together do it once. A release goes on beside the one before it: a migration adds, and removes what no running
// release uses any more. A schema that is newer than the code is let pass where it says that this code may work with it.

import { StartError } from "../../errors.ts";
import type { Database } from "./database.ts";
import { checksumOf, type Migration } from "../migrations.ts";

const lock = 0x6d696772;

/** Throws a StartError where database and files disagree. */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<void> {
  for (const migration of migrations) {
    await database.write(async (transaction) => {
      await transaction.rows("select pg_advisory_xact_lock($1)", [lock]);
      await transaction.run(
        "create table if not exists migration (number integer primary key, name text not null, checksum text not null," +
          " applied_at timestamptz not null default now())",
      );
      const applied = await transaction.row<{ checksum: string }>("select checksum from migration where number = $1", [
        migration.number,
      ]);
      if (applied !== undefined) {
        if (applied.checksum === checksumOf(migration)) return;
        throw new StartError(
          `Migration ${migration.number} (${migration.name}) is not the one this database was made with: install an unchanged release of Belfry.`,
        );
      }
      await transaction.script(migration.sql);
      await transaction.run("insert into migration (number, name, checksum) values ($1, $2, $3)", [
        migration.number,
        migration.name,
        checksumOf(migration),
      ]);
    });
  }
}
