// Pruning of replay jobs: one goes when it has ended before the oldest events that are kept, so that nothing it added is owed.

import type { EngineContext } from "./engine-context.ts";
import { type PruneStep, stepRows } from "./prune-step.ts";

export function createPruneReplays(context: EngineContext): PruneStep {
  const old = context.prepare("select number from replay where ended_at < ? order by number limit 1");
  const removeRanges = context.prepare(
    "delete from replayed where first in (select first from replayed where replay = ? limit ?)",
  );
  const remove = context.prepare("delete from replay where number = ?");
  return (before) => {
    const found = old.get(Math.floor(before.events));
    if (found === undefined) return false;
    if (removeRanges.run(found["number"]!, stepRows).changes < stepRows) remove.run(found["number"]!);
    return true;
  };
}
