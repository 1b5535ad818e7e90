// Which deliveries a lane ever had. An index kept with every delivery would touch a page per lane in each commit, so the
// list is extended behind the work, sorted, in slices; readers scan what it does not reach yet.

import type { Desk } from "./desk.ts";

/** Deliveries that a reader may have to scan beyond the list. */
const slice = 8_192;

export interface LaneLog {
  /** Whether a slice is waiting. */
  due(): boolean;
  /** Adds all that is waiting; needs a transaction. */
  extend(): void;
  /** Must follow a rollback of `extend`. */
  reset(): void;
}

export function createLaneLog(desk: Desk): LaneLog {
  const insert = desk.prepare(
    "insert or ignore into lane_log (lane, delivery, organization)" +
      " select lane, number, organization from delivery where number > :from and number <= :upto union" +
      " select lane, delivery, organization from attempt where delivery > :from and delivery <= :upto order by 1, 2",
  );
  let reached: number | null = null;
  const from = () => (reached ??= Number(desk.meta("lane_log") ?? 0));
  return {
    due: () => desk.last.delivery - from() >= slice,
    extend() {
      const upto = desk.last.delivery;
      insert.run({ from: from(), upto });
      desk.setMeta("lane_log", upto);
      reached = upto;
    },
    reset: () => (reached = null),
  };
}
