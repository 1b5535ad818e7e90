// Pruning of idempotency keys. They are in the order of their names, not of time, so one pass over all of them is made for
// every day that has ended.

import type { EngineContext } from "./engine-context.ts";
import { dayOf, type IdempotencyKeys } from "./idempotency-keys.ts";
import { type PruneStep, stepRows } from "./prune-step.ts";

export interface PruneKeys {
  readonly step: PruneStep;
  /** Must follow every rollback. */
  reset(): void;
}

interface KeyRow {
  readonly organization: number;
  readonly kind: number;
  readonly id: string;
  readonly day: number;
}

/** Most rows only pass by, so a step reads more of them. */
const rowsOfStep = stepRows * 4;

export function createPruneKeys(context: EngineContext, { complete }: IdempotencyKeys): PruneKeys {
  const nextKeys = context.prepare(
    "select organization, kind, id, day from idempotency_key where (organization, kind, id) > (?, ?, ?)" +
      " order by organization, kind, id limit ?",
  );
  const remove = context.prepare("delete from idempotency_key where organization = ? and kind = ? and id = ?");
  /** The pass that has begun: it removes keys before `day`, and has come as far as `at`. */
  let pass: { day: number; at: [organization: number, kind: number, id: string] } | null = null;

  return {
    step(before, tally) {
      if (pass === null) {
        const day = dayOf(before.idempotencyKeys);
        if (day <= Number(context.meta("idempotency_keys_pruned") ?? 0)) return false;
        complete();
        pass = { day, at: [0, 0, ""] };
      }
      const rows = nextKeys.all(...pass.at, rowsOfStep) as unknown as KeyRow[];
      for (const { organization, kind, id, day } of rows) {
        pass.at = [organization, kind, id];
        if (day >= pass.day) continue;
        remove.run(organization, kind, id);
        tally.idempotencyKeys++;
      }
      if (rows.length === rowsOfStep) return true;
      context.setMeta("idempotency_keys_pruned", pass.day);
      pass = null;
      return false;
    },
    // Keys that it went past may be there again.
    reset() {
      pass = null;
    },
  };
}
