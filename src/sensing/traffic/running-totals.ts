// One side of a counter that only gives running totals: how many people each total adds, and when they passed. Pure. The
// same totals give the same people in any order, as long as none comes later than `keptMs` after a newer one.

export interface Total {
  readonly at: number;
  readonly total: number;
}

/** People who passed up to a moment, since the total before it. Below 0: an earlier total shows that they passed before. */
export interface Passed {
  readonly at: number;
  readonly people: number;
}

/** The widths of counters in the field: 2 and 4 bytes [domain.md §3.2]. */
const counterSizes = [2 ** 16, 2 ** 32];
/** More people than pass one door between two reports; beyond it a total that fell is another counter, not the same. */
const mostPeople = 1_024;
/** How much later than a newer total one may come and still be sorted in. */
const keptMs = 5 * 60_000;
/** Totals kept, at most: a counter that reports every second cannot make every write long. */
const mostKept = 32;

/** `totals`: those kept, in order of time. A total that is older than what is kept adds nothing, and nothing is lost: the
 * next one holds it. */
export function addTotal(
  totals: readonly Total[],
  added: Total,
): { readonly totals: readonly Total[]; readonly passed: readonly Passed[] } {
  const newest = totals.at(-1);
  if (newest !== undefined && added.at < newest.at - keptMs) return { totals, passed: [] };
  const index = totals.findLastIndex(({ at }) => at <= added.at);
  const before = totals[index];
  const after = totals[index + 1];
  if (before?.at === added.at) {
    // Within one moment a counter only grows.
    if (added.total <= before.total) return { totals, passed: [] };
    const kept = [...totals.slice(0, index), ...totals.slice(index + 1)];
    const passed = differences(totals[index - 1], before, after, added);
    return { totals: trimmed([...kept.slice(0, index), added, ...kept.slice(index)]), passed };
  }
  // Whoever is older than a full list might lie before a total that is no longer there.
  if (before === undefined && totals.length === mostKept) return { totals, passed: [] };
  return {
    totals: trimmed([...totals.slice(0, index + 1), added, ...totals.slice(index + 1)]),
    passed: differences(before, undefined, after, added),
  };
}

/** How the people change when `added` takes the place of `replaced` between two neighbours. */
function differences(
  before: Total | undefined,
  replaced: Total | undefined,
  after: Total | undefined,
  added: Total,
): Passed[] {
  const then = replaced ?? before;
  const to = { at: added.at, people: step(before, added) - (replaced === undefined ? 0 : step(before, replaced)) };
  const from = after === undefined ? 0 : step(added, after) - step(then, after);
  return [to, { at: after?.at ?? added.at, people: from }].filter(({ people }) => people !== 0);
}

/** Those of the last `keptMs`, and one before them to count from. */
function trimmed(totals: readonly Total[]): readonly Total[] {
  const from = totals.at(-1)!.at - keptMs;
  const first = Math.max(
    totals.findLastIndex(({ at }) => at < from),
    totals.length - mostKept,
    0,
  );
  return first === 0 ? totals : totals.slice(first);
}

/** How many people a total has grown by. The first total is where counting begins. A smaller one has rolled over when that
 * makes a plausible step; else the device began anew at 0 and has counted these people since; a total too large for that is
 * another device's, where counting begins again. */
function step(last: Total | undefined, { total }: Total): number {
  if (last === undefined) return 0;
  if (total >= last.total) return total - last.total;
  for (const size of counterSizes) {
    const rolled = size - last.total + total;
    if (last.total < size && rolled <= mostPeople) return rolled;
  }
  return total <= mostPeople ? total : 0;
}
