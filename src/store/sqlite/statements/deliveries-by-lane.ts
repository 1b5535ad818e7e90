// Which deliveries a lane ever had, and where its numbers lie among them. An index kept with every delivery would touch a page per
// lane in each commit, so the list is extended behind the work, in slices, lane by lane. Readers scan the deliveries that it
// does not reach yet.

import type { EngineContext } from "./engine-context.ts";
import { createAddToRuns, type NumberedRow, usualRunLength } from "./sequence-runs.ts";
import { createSortBehind, type Slice, usualPace } from "./sort-behind.ts";

export interface DeliveriesByLane {
  /** Must come last in a transaction. */
  extend(): void;
  /** Takes in all deliveries there are, before any of them may go; needs a transaction. */
  complete(): void;
  /** Must follow every rollback. */
  reset(): void;
}

type Row = readonly [lane: number, delivery: number, organization: number, sequence: number | null, event: number];

export function createDeliveriesByLane(
  context: EngineContext,
  pace = usualPace,
  runLength = usualRunLength,
): DeliveriesByLane {
  const owed = context.prepare(
    "select lane, number, organization, sequence, event from delivery where number > ? and number <= ?",
  );
  const tried = context.prepare(
    "select lane, delivery, organization, sequence, event from attempt where delivery > ? and delivery <= ?",
  );
  for (const each of [owed, tried]) each.setReturnArrays(true);
  const insert = context.prepare(
    "insert or ignore into delivery_by_lane (lane, delivery, organization) values (?, ?, ?)",
  );
  const addToRuns = createAddToRuns(context, runLength);

  /** Up to which delivery the list is whole, as meta `delivery_by_lane` says. */
  const reached = () => Number(context.meta("delivery_by_lane") ?? 0);
  /** The last delivery that is in the list or in the slice that has begun. */
  let taken = reached();

  const begin = (): Slice => {
    const from = taken;
    const upTo = (taken = Math.min(from + pace.slice, context.last.delivery));
    const rows = byLane([owed, tried].flatMap((each) => each.all(from, upTo) as unknown as Row[]));
    let next = 0;
    return {
      advance(count) {
        const portion = rows.slice(next, next + count);
        for (const [lane, delivery, organization] of portion) insert.run(lane, delivery, organization);
        for (const numbered of numberedByLane(portion)) addToRuns(numbered);
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
    complete: () => behind.finish(1),
    reset() {
      taken = reached();
      behind.reset();
    },
  };
}

function byLane(rows: readonly Row[]): readonly Row[] {
  const inOrder = rows.toSorted(([, a], [, b]) => a - b);
  return [...Map.groupBy(inOrder, ([lane]) => lane).values()].flat();
}

/** Only numbers that were given, not those that a resend or a replay has kept. */
function numberedByLane(portion: readonly Row[]): Iterable<readonly NumberedRow[]> {
  const numbered = portion.flatMap(([lane, delivery, organization, sequence, event]) =>
    sequence !== null && sequence > 0 ? [{ lane, delivery, organization, sequence, event }] : [],
  );
  return Map.groupBy(numbered, ({ lane }) => lane).values();
}
