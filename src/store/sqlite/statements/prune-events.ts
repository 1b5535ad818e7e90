// Pruning of events, of deliveries that are still owed of them, and of their attempts. Numbers of all three rise with time, so
// each table loses its first rows.

import type { EngineContext } from "./engine-context.ts";
import type { Lines } from "./lines.ts";
import { type AttemptRow, createExpire, createRemoveAttempt, type OwedRow } from "./prune-deliveries.ts";
import { oldRows, type PruneStep, stepRows, type Tally } from "./prune-step.ts";

interface OwedOfEvent extends OwedRow {
  readonly event: number;
  readonly again: number;
}

export function createPruneEvents(context: EngineContext, onEnded: Lines["ended"]): PruneStep {
  const oldEvents = context.prepare("select number, accepted_at as at from event order by number limit ?");
  const removeEvents = context.prepare("delete from event where number <= ?");
  const expireUpTo = createExpireUpTo(context, onEnded);
  return (before, tally) => {
    const found = oldRows(oldEvents.iterate(stepRows), before.events);
    if (found === null) return false;
    expireUpTo(found.last, tally);
    removeEvents.run(found.last);
    tally.events += found.count;
    return true;
  };
}

/** Ends everything still owed of events up to a number. Deliveries made with their events are in the order of these; `again`
 * marks the others. */
function createExpireUpTo(context: EngineContext, onEnded: Lines["ended"]): (event: number, tally: Tally) => void {
  const firstOwed = context.prepare(
    "select number, event, lane, again from delivery where number > ? order by number limit ?",
  );
  const owedAgain = context.prepare("select number, lane from delivery where again = 1 and event <= ?");
  const expire = createExpire(context, onEnded);
  return (event, tally) => {
    for (const row of owedAgain.all(event)) expire(row as unknown as OwedRow, tally);
    for (let after = 0, full = true; full; ) {
      const rows = firstOwed.all(after, stepRows) as unknown as OwedOfEvent[];
      for (const row of rows) {
        after = row.number;
        if (row.again === 1) continue;
        if (row.event > event) return;
        expire(row, tally);
      }
      full = rows.length === stepRows;
    }
  };
}

/** Attempts follow their events, in the order of deliveries. An attempt of a delivery that was made later than its event stays
 * until the attempts before it may go. */
export function createPruneAttempts(context: EngineContext): PruneStep {
  const firstEvent = context.prepare("select ifnull(min(number), ?) as first from event");
  const firstAttempts = context.prepare("select delivery, n, event, lane from attempt order by delivery, n limit ?");
  const remove = createRemoveAttempt(context);
  return () => {
    const first = Number(firstEvent.get(context.last.event + 1)?.["first"]);
    let removed = 0;
    for (const row of firstAttempts.all(stepRows) as unknown as (AttemptRow & { event: number })[]) {
      if (row.event >= first) break;
      remove(row);
      removed++;
    }
    return removed === stepRows;
  };
}
