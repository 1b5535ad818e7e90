// Pruning of sign-ins: a row that says nothing any more goes, whatever came of it.

import type { EngineContext } from "./engine-context.ts";
import { type PruneStep, stepRows } from "./prune-step.ts";

export function createPruneSignIns(context: EngineContext): PruneStep {
  const over = context.prepare("select id from sign_in where until < ? order by until limit ?");
  const remove = context.prepare("delete from sign_in where id = ?");
  const removeTokens = context.prepare("delete from refresh_token where sign_in = ?");
  const removeRevoked = context.prepare(
    "delete from revoked_token where id in (select id from revoked_token where until < ? order by until limit ?)",
  );
  return (before, tally) => {
    const ids = over.all(before.signIns, stepRows).map((row) => String(row["id"]));
    for (const id of ids) {
      removeTokens.run(id);
      remove.run(id);
    }
    tally.signIns += ids.length;
    const revoked = Number(removeRevoked.run(before.signIns, stepRows).changes);
    return ids.length > 0 || revoked > 0;
  };
}
