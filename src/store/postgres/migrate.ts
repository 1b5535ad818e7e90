// Brings the schema up to date: numbered files of plain SQL, each in a transaction of its own under a lock of the database, so that
// nodes that start together do it once. A release goes on beside the one before it: a migration adds, and removes what no running
// release uses any more. A schema that is newer than the code is let pass where it says that this code may work with it: a file
// whose first line is `-- needs: N` goes with code that knows the migrations up to N; without that line, with none that lacks it.

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
          " needs integer not null, applied_at timestamptz not null default now())",
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
      await transaction.run("insert into migration (number, name, checksum, needs) values ($1, $2, $3, $4)", [
        migration.number,
        migration.name,
        checksumOf(migration),
        neededBy(migration),
      ]);
    });
  }
  await assertKnown(database, migrations.length);
}

/** The number of the last migration that code must know to work with the schema from here on. */
const neededBy = ({ number, sql }: Migration): number => Number(/^-- needs: (\d+)\n/.exec(sql)?.[1] ?? number);

async function assertKnown({ session }: Database, known: number): Promise<void> {
  const strange = await session.row<{ number: number; name: string }>(
    "select number, name from migration where needs > $1 order by number desc limit 1",
    [known],
  );
  if (strange === undefined) return;
  throw new StartError(
    `A newer release has changed this database (migration ${strange.number}, ${strange.name}), and this one cannot work with it: start that release, or a later one.`,
  );
}
