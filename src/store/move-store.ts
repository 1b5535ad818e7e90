// Moves a stopped embedded store into an empty database of PostgreSQL, table by table, and compares both sides at the end. A move
// that was cut off is called again, and goes on where it was. The embedded store is brought to the newest schema; once it is moved it
// does not start again by mistake, since it would deliver everything a second time.

import type { Clock } from "../clock.ts";
import { createSum } from "./moved-sum.ts";
import { type MovedTable, movedTables } from "./moved-tables.ts";
import { migrationsDirectory } from "./postgres/open.ts";
import { type MoveTarget, withMoveTarget } from "./postgres/move-target.ts";
import { openStopped, type StoppedStore } from "./sqlite/stopped-store.ts";

export { databaseName, loadMasterKey } from "./master-key.ts";

export interface MoveOptions {
  readonly directory: string;
  readonly url: string;
  readonly masterKey: Uint8Array;
  readonly clock: Clock;
  /** How much time a partition spans, ms. */
  readonly partitionMs: number;
  /** `copying` a table, or `comparing` it: so many rows of all tables are done. */
  readonly onProgress: (doing: "copying" | "comparing", table: string, rows: number, of: number) => void;
  /** Asked between two slices. true: stop there. */
  readonly isStopped: () => boolean;
}

export type Moved =
  | { readonly status: "done"; readonly rows: number; readonly tables: number }
  | { readonly status: "stopped" }
  /** These tables are not the same on both sides. */
  | { readonly status: "different"; readonly tables: readonly string[] };

/** Throws a StartError where one of the two cannot be opened, or the database holds something else. */
export async function moveStore(options: MoveOptions): Promise<Moved> {
  const { directory, masterKey, clock, url, partitionMs } = options;
  const source = await openStopped(directory, masterKey, clock);
  try {
    const { observation, event } = source.facts.last;
    const given = { id: source.id, lastNumber: Math.max(observation, event) };
    const moved = await withMoveTarget(
      { url, masterKey, migrations: migrationsDirectory, clock, partitionMs, source: given },
      (target) => move(source, target, options),
    );
    if (moved.status === "done") source.noteMoved();
    return moved;
  } finally {
    source.close();
  }
}

async function move(source: StoppedStore, target: MoveTarget, options: MoveOptions): Promise<Moved> {
  const counts = new Map(movedTables.map((table) => [table.name, source.count(table)]));
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const done: Moved = { status: "done", rows: total, tables: movedTables.length };
  // Servers may have written to it since.
  if (target.isComplete) return done;
  if (!(await copy(source, target, options, total))) return { status: "stopped" };
  await target.finish(source.facts);
  const different: string[] = [];
  let compared = 0;
  for (const table of movedTables) {
    if (options.isStopped()) return { status: "stopped" };
    options.onProgress("comparing", table.name, compared, total);
    const [here, there] = [sumOf(source, table), await target.sum(table)];
    if (here.rows !== there.rows || here.hash !== there.hash) different.push(table.name);
    compared += here.rows;
  }
  if (different.length > 0) return { status: "different", tables: different };
  await target.complete();
  return done;
}

/** false: stopped before the end. */
async function copy(
  source: StoppedStore,
  target: MoveTarget,
  { onProgress, isStopped }: MoveOptions,
  total: number,
): Promise<boolean> {
  const begun = movedTables.findIndex(({ name }) => name === target.position?.table);
  let done = movedTables.slice(0, Math.max(begun, 0)).reduce((sum, table) => sum + source.count(table), 0);
  for (const table of movedTables.slice(Math.max(begun, 0))) {
    let after = table.name === target.position?.table ? target.position.after : null;
    for (;;) {
      if (isStopped()) return false;
      const { rows, last } = source.read(table, after);
      if (rows.length === 0) break;
      await target.write(table, rows, last);
      after = last;
      done += rows.length;
      onProgress("copying", table.name, Math.min(done, total), total);
    }
  }
  return true;
}

function sumOf(source: StoppedStore, table: MovedTable) {
  const sum = createSum();
  for (let after = null as ReturnType<StoppedStore["read"]>["last"]; ; ) {
    const { rows, last } = source.read(table, after);
    if (rows.length === 0) return sum.sum();
    for (const row of rows) sum.add(row);
    after = last;
  }
}
