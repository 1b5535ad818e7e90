// Opens the file, checks it, brings its schema up to date and gives the engine on it. Whoever hosts an engine begins here.

import { randomInt } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../clock.ts";
import { StartError } from "../../errors.ts";
import { createEngine, type Engine } from "./engine.ts";
import { countSchemaOn } from "./file/copy-check.ts";
import { openDatabase, type Origin } from "./file/database.ts";
import { checkAge } from "./file/lock.ts";
import { migrate, migrationsDirectory } from "./file/migrate.ts";
import { readMigrations } from "../migrations.ts";
import { parts, renumber } from "./statements/renumber.ts";

export interface Opening extends Origin {
  /** A path, or `:memory:`. */
  readonly file: string;
  /** Of the last owner known outside the database, 0 for none. */
  readonly ownerEpoch: number;
}

/** Throws a StartError that says what is wrong with the file; then the file is closed again, so that it can be replaced. Where
 * others may have gone on from the same data, every number goes on above theirs. */
export function openEngine(opening: Opening, clock: Clock): Engine {
  const { file, ownerEpoch, isCopy, asIs } = opening;
  const database = openDatabase(file, opening);
  try {
    if (!asIs) checkAge(database, ownerEpoch, file);
    migrate(database, readMigrations(migrationsDirectory), clock.now());
    assertHere(database, asIs);
    if (isCopy || asIs) {
      renumber(database, clock.now(), { ownerEpoch, isUncertain: asIs }, randomInt(parts));
      countSchemaOn(database);
    }
    return createEngine(database, clock);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Meta of a store that was moved to PostgreSQL. */
export const movedMark = "moved";

/** Both stores would deliver what was owed. Whoever starts this one as it is goes back to it. */
function assertHere(database: DatabaseSync, asIs: boolean): void {
  if (database.prepare("select 1 from meta where name = ?").get(movedMark) === undefined) return;
  if (!asIs) {
    throw new StartError(
      "This store was moved to PostgreSQL (belfry migrate-store): name the database with --database-url. To go back to this store, " +
        "and lose what has happened since, start once with --as-is.",
    );
  }
  database.prepare("delete from meta where name = ?").run(movedMark);
}
