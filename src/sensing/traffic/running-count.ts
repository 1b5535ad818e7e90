// How many people are in a space by what its doors counted: a walk over passages and known counts in order of time. Pure, so
// that a late passage corrects its minute and those after it just by walking again.

export interface Step {
  readonly at: number;
  readonly in: number;
  readonly out: number;
}

/** The count is known at this moment: at a reset before anybody passes in that moment, by hand and by PIR after. */
export interface KnownCount {
  readonly at: number;
  readonly count: number;
  readonly by: "reset" | "point";
}

/** In order of time; at most one step and one known count of each kind at a moment. */
export interface Timeline {
  readonly steps: readonly Step[];
  readonly known: readonly KnownCount[];
}

/** A stretch of time: the count at its end, and the least, the most and the mean in it. */
export interface Stretch {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

/** Ins less outs from `from` up to `until`, never below zero: a door that misses somebody who came in must not make the next
 * one invisible. */
export function walk(count: number, { steps, known }: Timeline, from: number, until: number): Stretch {
  let [min, max, area, last] = [Infinity, -Infinity, 0, from];
  const hold = (to: number): void => {
    if (to <= last) return;
    area += count * (to - last);
    last = to;
    min = Math.min(min, count);
    max = Math.max(max, count);
  };
  for (const change of merged(steps, known)) {
    if (change.at < from) continue;
    if (change.at >= until) break;
    hold(change.at);
    count = "by" in change ? change.count : Math.max(0, count + change.in - change.out);
  }
  hold(until);
  return { count, min, max, mean: Math.round((area / (until - from)) * 100) / 100 };
}

/** The count after everything that is known. */
export function countAfter(count: number, timeline: Timeline): number {
  return walk(count, timeline, 0, Number.MAX_SAFE_INTEGER).count;
}

export function addStep(steps: readonly Step[], added: Step): readonly Step[] {
  const index = steps.findLastIndex(({ at }) => at <= added.at);
  const same = steps[index];
  if (same?.at !== added.at) return [...steps.slice(0, index + 1), added, ...steps.slice(index + 1)];
  const sum = { at: added.at, in: same.in + added.in, out: same.out + added.out };
  return steps.with(index, sum);
}

/** Of two of one kind at one moment the later given counts. */
export function addKnown(known: readonly KnownCount[], added: KnownCount): readonly KnownCount[] {
  const others = known.filter(({ at, by }) => at !== added.at || by !== added.by);
  return [...others, added].toSorted((a, b) => a.at - b.at || rank(a) - rank(b));
}

function* merged(steps: readonly Step[], known: readonly KnownCount[]): Iterable<Step | KnownCount> {
  let next = 0;
  for (const step of steps) {
    for (let each = known[next]; each !== undefined && precedes(each, step); each = known[++next]) yield each;
    yield step;
  }
  yield* known.slice(next);
}

const precedes = (known: KnownCount, step: Step): boolean =>
  known.at < step.at || (known.at === step.at && known.by === "reset");

const rank = ({ by }: KnownCount): number => (by === "reset" ? 0 : 1);
