// How long somebody who speaks regularly is usually silent: the second longest gap between messages of this day and the day
// before. The second, so that one outage does not make every later one look usual; the longest rather than the middle, so
// that a burst of messages does not make the pause after it look like an outage. Pure.

export interface Gaps {
  /** Begin of the day that `today` is about. */
  readonly from: number;
  /** The two longest, ms; 0 where there were none. */
  readonly today: readonly [longest: number, second: number];
  readonly before: readonly [longest: number, second: number];
}

const dayMs = 86_400_000;
const none = [0, 0] as const;

/** A message that came at `at`, so long after the one before it. The same object where that changes nothing. */
export function addGap(gaps: Gaps | null, gap: number, at: number): Gaps {
  const current = gaps === null ? { from: at, today: none, before: none } : turned(gaps, at);
  const [longest, second] = current.today;
  if (gap <= second) return current;
  return { ...current, today: gap > longest ? [gap, longest] : [longest, gap] };
}

/** Ms; null: not known, since fewer than two gaps were seen. */
export function usualGap(gaps: Gaps | null): number | null {
  if (gaps === null) return null;
  const { today, before } = gaps;
  // Of two pairs in order: the second longest is a second one, or the shorter of both longest.
  const second = Math.max(today[1], before[1], Math.min(today[0], before[0]));
  return second === 0 ? null : second;
}

function turned(gaps: Gaps, at: number): Gaps {
  if (at < gaps.from + dayMs) return gaps;
  const isNext = at < gaps.from + 2 * dayMs;
  return { from: at, today: none, before: isNext ? gaps.today : gaps.before };
}
