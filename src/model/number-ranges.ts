// Sets of numbers as ranges, such as those of superseded deliveries: pure rules. Ranges are in ascending order and apart from each
// other, so that a day of them is a line of text.

/** From the first to the last of them. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

export type NumberRanges = readonly NumberRange[];

/** With these numbers too, at most `most` ranges: the lowest give way. */
export function withNumbers(ranges: NumberRanges, added: NumberRanges, most: number): NumberRanges {
  const all = [...ranges, ...added].toSorted((a, b) => a.from - b.from);
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of all) {
    const before = joined.at(-1);
    if (before !== undefined && from <= before.to + 1) before.to = Math.max(before.to, to);
    else joined.push({ from, to });
  }
  return joined.slice(-most);
}

/** Those below a number. */
export function below(ranges: NumberRanges, number: number): NumberRanges {
  return ranges.filter(({ from }) => from < number).map(({ from, to }) => ({ from, to: Math.min(to, number - 1) }));
}

export function withoutNumbers(ranges: NumberRanges, removed: NumberRanges): NumberRanges {
  return removed.reduce<NumberRanges>(
    (left, { from, to }) =>
      left.flatMap((range) => {
        if (range.to < from || range.from > to) return [range];
        const before = range.from < from ? [{ from: range.from, to: from - 1 }] : [];
        return range.to > to ? [...before, { from: to + 1, to: range.to }] : before;
      }),
    ranges,
  );
}

/** `6-7, 9` */
export const rangesText = (ranges: NumberRanges): string =>
  ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(", ");
