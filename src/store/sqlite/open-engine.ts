// Opens the file, checks it, brings its schema up to date and gives the engine on it. Whoever hosts an engine begins here.

import { randomInt } from "node:crypto";
import type { Clock } from "../../clock.ts";
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
