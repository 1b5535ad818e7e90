// Sorts rows into a list behind the work. A row that is put where it belongs costs the commit that brings it a page of its
// own, so rows are first written in the order in which they come. A slice of them is sorted into the list later, a few rows
// with each commit.

/** Rows that wait to be sorted in. */
export interface Unsorted {
  /** Rises with every row written. A transaction that wrote none only reads, and must not fail on a full disk. */
  written(): number;
  /** How many rows are in no slice yet. */
  waiting(): number;
  /** Takes the next rows as a slice. */
  begin(): Slice;
}

export interface Slice {
  /** Sorts in about `count` more rows. True: the slice is done. */
  advance(count: number): boolean;
}

export interface SortBehind {
  /** Sorts in the next few rows, if this transaction wrote some and a slice is full. */
  extend(): void;
  /** Ends the slice that has begun, then takes further ones while at least `least` rows wait; needs a transaction. */
  finish(least?: number): void;
  /** Must follow every rollback. */
  reset(): void;
}

/** Rows of a slice, and how many of them go with one commit, which takes half a millisecond. About two slices are not in the
 * list yet: one that is being sorted in and one that fills. */
export const usualPace = { slice: 8_192, portion: 512 };

export function createSortBehind(
  { written, waiting, begin }: Unsorted,
  { slice, portion }: typeof usualPace,
): SortBehind {
  let sorting: Slice | null = null;
  let seen = written();

  const advance = (count: number): void => {
    sorting ??= begin();
    if (sorting.advance(count)) sorting = null;
  };

  return {
    extend() {
      if (written() === seen) return;
      seen = written();
      if (sorting === null && waiting() < slice) return;
      // The more rows wait, the more go at a time.
      advance(portion + Math.max(waiting() - slice, 0));
    },
    finish(least = Infinity) {
      while (sorting !== null || waiting() >= least) advance(slice);
    },
    reset() {
      sorting = null;
      seen = written();
    },
  };
}
