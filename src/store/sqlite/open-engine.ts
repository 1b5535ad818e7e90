// Opens the file, checks it, brings its schema up to date and gives the engine on it. Whoever hosts an engine begins here.

import type { Clock } from "../../clock.ts";
import { createEngine, type Engine } from "./engine.ts";
import { openDatabase } from "./file/database.ts";
import { checkAge } from "./file/lock.ts";
import { migrate, migrationsDirectory, readMigrations } from "./file/migrate.ts";

/** `file`: a path, or `:memory:`. `ownerEpoch`: of the last owner known outside the database, 0 for none. Throws a
 * StartError that says what is wrong with the file; then the file is closed again, so that it can be replaced. */
export function openEngine(file: string, ownerEpoch: number, clock: Clock): Engine {
  const database = openDatabase(file);
  try {
    checkAge(database, ownerEpoch, file);
    migrate(database, readMigrations(migrationsDirectory), clock.now());
    return createEngine(database, clock);
  } catch (error) {
    database.close();
    throw error;
  }
}
