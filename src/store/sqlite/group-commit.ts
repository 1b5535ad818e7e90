// Group commit: all calls that are waiting run in one transaction and are answered after its single fsync. When one of
// them fails half-way, all is undone and each runs again in a transaction of its own, so that only the faulty one fails.

import type { Engine, Operations } from "./engine.ts";
import { failureKind, unavailable } from "./failure.ts";
import { acceptMissingWal } from "./file/wal-check.ts";

/** One call of a verb as it waits in a batch. */
export type Call<Name extends string = string> = readonly [verb: Name, given: readonly unknown[]];
export type OperationResult = { readonly value: unknown } | { readonly error: unknown };

/** Thrown by a batch after which the store can no longer be trusted. */
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
    // On a full disk those that write nothing still have their answer.
    if (kind === "busy" && (calls.length === 1 || !begun)) return calls.map(() => ({ error: unavailable(error) }));
    if (calls.length === 1) return [{ error }];
    return calls.flatMap((call) => commitBatch(engine, [call]));
  }
}

/** Closes the file, which takes its log in and deletes it, and notes that before, so that nobody misses the log. */
export function closeEngine({ database, operations: verbs }: Engine): void {
  const file = database.location();
  let noted = true;
  try {
    database.exec("begin immediate");
    verbs.noteClosed();
    database.exec("commit");
  } catch {
    noted = false;
  }
  database.close();
  if (!noted && file !== null) acceptMissingWal(file);
}

/** Verbs that refuse do so before their first write; such an answer leaves the transaction as it was. */
function answer(engine: Engine, [verb, given]: Call): OperationResult {
  const run = engine.operations[verb as keyof Operations] as (...given: readonly unknown[]) => unknown;
  try {
    return { value: run(...given) };
  } catch (error) {
    if (failureKind(error) === "answer") return { error };
    throw error;
  }
}
