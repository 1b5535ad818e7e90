// Runs reads of the history, each in a transaction of its own: a read sees one moment, and no checkpoint waits for it longer
// than it runs.

import type { DatabaseSync } from "node:sqlite";
import type { OperationResult, Call } from "../group-commit.ts";
import type { HistoryOperations } from "../../history-operations.ts";

export function readBatch(
  database: DatabaseSync,
  reads: HistoryOperations,
  calls: readonly Call[],
): readonly OperationResult[] {
  return calls.map(([name, given]) => {
    const read = reads[name as keyof HistoryOperations] as (...given: readonly unknown[]) => unknown;
    try {
      database.exec("begin");
      return { value: read(...given) };
    } catch (error) {
      return { error };
    } finally {
      if (database.isTransaction) database.exec("rollback");
    }
  });
}
