// Pruning of events, of deliveries that are still owed of them, and of their attempts. Numbers of all three rise with time, so
// each table loses its first rows.

import type { EngineContext } from "./engine-context.ts";
import { oldRows, type PruneStep, stepRows, type Tally } from "./prune-step.ts";

interface OwedRow {
  readonly number: number;
  readonly event: number;
  readonly lane: number;
  readonly again: number;
}

export function createPruneEvents(context: EngineContext): PruneStep {
  const oldEvents = context.prepare("select number, accepted_at as at from event order by number limit ?");
  const removeEvents = context.prepare("delete from event where number <= ?");
  const expireUpTo = createExpire(context);
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
function createExpire(context: EngineContext): (event: number, tally: Tally) => void {
  const firstOwed = context.prepare(
    "select number, event, lane, again from delivery where number > ? order by number limit ?",
  );
  const owedAgain = context.prepare("select number, lane from delivery where again = 1 and event <= ?");
  const remove = context.prepare("delete from delivery where number = ?");
  const removeFromLane = context.prepare("delete from delivery_by_lane where lane = ? and delivery = ?");

  const expire = ({ number, lane }: Pick<OwedRow, "number" | "lane">, tally: Tally): void => {
    remove.run(number);
    removeFromLane.run(lane, number);
    tally.expired++;
    tally.lanes.add(lane);
  };

  return (event, tally) => {
    for (const row of owedAgain.all(event)) expire(row as unknown as OwedRow, tally);
    for (let after = 0, full = true; full; ) {
      const rows = firstOwed.all(after, stepRows) as unknown as OwedRow[];
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
  const remove = context.prepare("delete from attempt where delivery = ? and n = ?");
  const stillOwed = context.prepare("select 1 from delivery where number = ?");
  const removeFromLane = context.prepare("delete from delivery_by_lane where lane = ? and delivery = ?");
  return () => {
    const first = Number(firstEvent.get(context.last.event + 1)?.["first"]);
    let removed = 0;
    for (const row of firstAttempts.all(stepRows)) {
      const { delivery, n, event, lane } = row as Record<"delivery" | "n" | "event" | "lane", number>;
      if (event >= first) break;
      remove.run(delivery, n);
      if (stillOwed.get(delivery) === undefined) removeFromLane.run(lane, delivery);
      removed++;
    }
    return removed === stepRows;
  };
}
