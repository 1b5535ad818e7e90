// Which deliveries a lane ever had. An index kept with every delivery would touch a page per lane in each commit, so the
// list is extended behind the work, in slices, lane by lane. Readers scan the deliveries that it does not reach yet.

import type { EngineContext } from "./engine-context.ts";
import { createSortBehind, type Slice, usualPace } from "./sort-behind.ts";

export interface DeliveriesByLane {
  /** Must come last in a transaction. */
  extend(): void;
  /** Ends a slice that has begun, before any of its deliveries may go; needs a transaction. */
  complete(): void;
  /** Must follow every rollback. */
  reset(): void;
}

type Row = readonly [lane: number, delivery: number, organization: number];

export function createDeliveriesByLane(context: EngineContext, pace = usualPace): DeliveriesByLane {
  const owed = context.prepare("select lane, number, organization from delivery where number > ? and number <= ?");
  const tried = context.prepare(
    "select lane, delivery, organization from attempt where delivery > ? and delivery <= ?",
  );
  for (const each of [owed, tried]) each.setReturnArrays(true);
  const insert = context.prepare(
    "insert or ignore into delivery_by_lane (lane, delivery, organization) values (?, ?, ?)",
  );

  /** Up to which delivery the list is whole, as meta `delivery_by_lane` says. */
  const reached = () => Number(context.meta("delivery_by_lane") ?? 0);
  /** The last delivery that is in the list or in the slice that has begun. */
  let taken = reached();

  const begin = (): Slice => {
    const from = taken;
    const upTo = (taken = from + pace.slice);
    const rows = byLane([owed, tried].flatMap((each) => each.all(from, upTo) as unknown as Row[]));
    let next = 0;
    return {
      advance(count) {
        for (const row of rows.slice(next, next + count)) insert.run(...row);
        next += count;
        if (next < rows.length) return false;
        context.setMeta("delivery_by_lane", upTo);
        return true;
      },
    };
  };

  const behind = createSortBehind(
    { written: () => context.last.delivery, waiting: () => context.last.delivery - taken, begin },
    pace,
  );
  return {
    extend: behind.extend,
    complete: () => behind.finish(),
    reset() {
      taken = reached();
      behind.reset();
    },
  };
}

function byLane(rows: readonly Row[]): readonly Row[] {
  return [...Map.groupBy(rows, ([lane]) => lane).values()].flat();
}
