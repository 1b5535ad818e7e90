// Which deliveries a lane ever had. An index kept with every delivery would touch a page per lane in each commit, so the
// list is extended in slices, lane by lane, a few rows with each commit; readers scan what it does not reach yet.

import type { EngineContext } from "./engine-context.ts";

/** Deliveries of one slice, of which a reader may have to scan two beyond the list; and rows that a commit takes along, half
 * a millisecond. */
const usual = { slice: 8_192, portion: 512 };

export interface DeliveriesByLane {
  /** Adds the next rows, if a slice is waiting, to a transaction in which deliveries were made: one that may only read must
   * not fail on a full disk. */
  extend(): void;
  /** Ends a slice that has begun, before any of its deliveries may go; needs a transaction. */
  complete(): void;
  /** Must follow a rollback. */
  reset(): void;
}

type Row = readonly [lane: number, delivery: number, organization: number];

/** A slice that is being added, in the order in which it is. Meta `delivery_by_lane` rises when it is done. */
interface Slice {
  readonly upto: number;
  readonly rows: readonly Row[];
  next: number;
}

export function createDeliveriesByLane(context: EngineContext, { slice, portion } = usual): DeliveriesByLane {
  const owed = context.prepare("select lane, number, organization from delivery where number > ? and number <= ?");
  const tried = context.prepare(
    "select lane, delivery, organization from attempt where delivery > ? and delivery <= ?",
  );
  for (const each of [owed, tried]) each.setReturnArrays(true);
  const insert = context.prepare(
    "insert or ignore into delivery_by_lane (lane, delivery, organization) values (?, ?, ?)",
  );
  let reached: number | null = null;
  let begun: Slice | null = null;
  let seen = context.last.delivery;
  const from = () => (reached ??= Number(context.meta("delivery_by_lane") ?? 0));

  const begin = (): Slice => {
    const upto = from() + slice;
    const found = [owed, tried].flatMap((each) => each.all(from(), upto) as unknown as Row[]);
    return { upto, rows: byLane(found), next: 0 };
  };

  const add = (slice: Slice, count: number): void => {
    for (const row of slice.rows.slice(slice.next, slice.next + count)) insert.run(...row);
    slice.next += count;
    if (slice.next < slice.rows.length) return;
    context.setMeta("delivery_by_lane", slice.upto);
    reached = slice.upto;
    begun = null;
  };

  return {
    extend() {
      if (context.last.delivery === seen) return;
      seen = context.last.delivery;
      const ahead = seen - from() - slice;
      if (ahead < 0) return;
      // The further ahead acceptance is, the more at a time.
      add((begun ??= begin()), portion + ahead);
    },
    complete() {
      if (begun !== null) add(begun, begun.rows.length);
    },
    reset() {
      reached = null;
      begun = null;
      seen = context.last.delivery;
    },
  };
}

function byLane(rows: readonly Row[]): readonly Row[] {
  return [...Map.groupBy(rows, ([lane]) => lane).values()].flat();
}
