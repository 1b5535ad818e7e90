// What pruning and sweeps do to one delivery and to one attempt. A delivery stands in the list of its lane for as long as it is
// owed or has attempts.

import type { EngineContext } from "./engine-context.ts";
import type { Lines } from "./lines.ts";
import type { Tally } from "./prune-step.ts";

export interface OwedRow {
  readonly number: number;
  readonly lane: number;
}

export interface AttemptRow {
  readonly delivery: number;
  readonly n: number;
  readonly lane: number;
}

/** Ends a delivery that is still owed, and counts it. */
export function createExpire(context: EngineContext, onEnded: Lines["ended"]): (row: OwedRow, tally: Tally) => void {
  const remove = context.prepare("delete from delivery where number = ?");
  const removeFromLane = context.prepare("delete from delivery_by_lane where lane = ? and delivery = ?");
  return ({ number, lane }, tally) => {
    remove.run(number);
    removeFromLane.run(lane, number);
    onEnded(number);
    tally.expired++;
    tally.lanes.add(lane);
  };
}

/** Removes an attempt, and its delivery from the list of the lane unless that is still owed. */
export function createRemoveAttempt(context: EngineContext): (row: AttemptRow) => void {
  const remove = context.prepare("delete from attempt where delivery = ? and n = ?");
  const stillOwed = context.prepare("select 1 from delivery where number = ?");
  const removeFromLane = context.prepare("delete from delivery_by_lane where lane = ? and delivery = ?");
  return ({ delivery, n, lane }) => {
    remove.run(delivery, n);
    if (stillOwed.get(delivery) === undefined) removeFromLane.run(lane, delivery);
  };
}
