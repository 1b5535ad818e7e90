// Group commit: all calls that wait run in one transaction and are answered after its single fsync. If one of them fails,
// everything is rolled back and each call runs again in a transaction of its own, so that only the faulty one fails.

import type { Engine, Operations } from "./engine.ts";
import { failureKind, unavailable } from "./failure.ts";
import { acceptMissingWal } from "./file/wal-check.ts";

/** One call of an operation, as it waits in a batch. */
export type Call<Name extends string = string> = readonly [name: Name, given: readonly unknown[]];
export type OperationResult = { readonly value: unknown } | { readonly error: unknown };

/** The store can no longer be trusted. */
export class Broken extends Error {
  override readonly name = "Broken";
}

/** Answers every call, in order. Throws Broken when it is not known whether the calls were written. */
export function commitBatch(engine: Engine, calls: readonly Call[]): readonly OperationResult[] {
  const { database } = engine;
  let begun = false;
  let committing = false;
  try {
    database.exec("begin immediate");
    begun = true;
    const answers = calls.map((call) => answer(engine, call));
    engine.extend();
    committing = true;
    database.exec("commit");
    return answers;
  } catch (error) {
    const kind = failureKind(error);
    if (kind === "broken" || (committing && kind !== "busy")) {
      throw new Broken(`the database failed: ${String(error)}`, { cause: error });
    }
    if (database.isTransaction) database.exec("rollback");
    engine.reset();
    // On a full disk each call runs alone, so that those which write nothing are still answered.
    if (kind === "busy" && (calls.length === 1 || !begun)) return calls.map(() => ({ error: unavailable(error) }));
    if (calls.length === 1) return [{ error }];
    return calls.flatMap((call) => commitBatch(engine, [call]));
  }
}

/** Closes the file. SQLite then copies its WAL into it and deletes the WAL. The database says so before, in `closed`, so that
 * the next start does not miss the WAL [wal-check.ts]. */
export function closeEngine({ database, operations }: Engine): void {
  const file = database.location();
  let saysClosed = true;
  try {
    database.exec("begin immediate");
    operations.noteClosed();
    database.exec("commit");
  } catch {
    saysClosed = false;
  }
  database.close();
  if (!saysClosed && file !== null) acceptMissingWal(file);
}

/** Operations refuse before their first write, so a refusal leaves the transaction as it was. */
function answer(engine: Engine, [name, given]: Call): OperationResult {
  const run = engine.operations[name as keyof Operations] as (...given: readonly unknown[]) => unknown;
  try {
    return { value: run(...given) };
  } catch (error) {
    if (failureKind(error) === "answer") return { error };
    throw error;
  }
}
