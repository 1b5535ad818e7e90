// The value of one space in one UTC minute: single wrong frames are voted down by the frames around them, then the
// time-weighted median is taken. A pure function of the minute's samples and a small margin, so it can be computed again
// in any order: it must keep nothing from one call to the next. Why these rules and not others: docs/accuracy.md.

import { minuteMs } from "../../model/minute.ts";

/** How many people a space held, sampled in event time: `count[i]` from `at[i]` (epoch ms, rising) until `at[i + 1]`;
 * -1: unknown. The last one holds until `until`. A sample stands for one frame of the space's sensors. */
export interface Samples {
  readonly at: readonly number[];
  readonly count: readonly number[];
  readonly until: number;
}

/** Counts are whole; mean is over the observed time, to 2 decimals. */
export interface MinuteValue {
  /** At least `k` exactly where at least `k` people were there for more than half of the observed time. */
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly observedMs: number;
}

/** How far before and after the minute samples may matter, ms. What began earlier counts for nothing, even if it still
 * holds: a frame holds 3 s at most. */
export const marginMs = 5_000;

/** And no more of them than these on either side. */
export const marginSamples = 10;

export const leastObservedMs = 15_000;

/** Frames this near have a vote on a sample: as long as a frame may hold. On a side with none, the nearest within
 * `marginMs` has one. */
const votingMs = 3_000;

/** The minute that begins at `minute` (epoch ms); null: observed for less than `leastObservedMs`. */
export function minuteValue(samples: Samples, minute: number): MinuteValue | null {
  const { at, count, until } = samples;
  const end = minute + minuteMs;
  const first = firstFrom(at, minute);
  const last = firstFrom(at, end);
  const from = Math.max(firstFrom(at, minute - marginMs), first - marginSamples);
  const span = { at, count, from, to: firstFrom(at, end + marginMs) };
  const held: CountHeld[] = [];
  const votes: number[] = [];
  let elected = 0;
  for (let i = Math.max(from, first - 1); i < last; i++) {
    if (count[i]! < 0) continue;
    const ms = Math.min(i + 1 < at.length ? at[i + 1]! : until, end) - Math.max(at[i]!, minute);
    if (ms <= 0) continue;
    elected = elect(votes, votersOf(span, i, votes), elected);
    hold(held, elected, ms);
  }
  return summary(held);
}

/** The samples that may be looked at: from `from` up to and without `to`. */
interface Span {
  readonly at: readonly number[];
  readonly count: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** Puts the counts of the frames around sample `i`, its own among them, into `votes`, and says how many they are. */
function votersOf({ at, count, from, to }: Span, i: number, votes: number[]): number {
  const now = at[i]!;
  votes[0] = count[i]!;
  let voters = 1;
  for (let j = i - 1, edge = Math.max(from, i - marginSamples); j >= edge; j--) {
    const distance = now - at[j]!;
    if (distance > marginMs || (distance > votingMs && voters > 1)) break;
    if (count[j]! >= 0) votes[voters++] = count[j]!;
  }
  const before = voters;
  for (let j = i + 1, edge = Math.min(to - 1, i + marginSamples); j <= edge; j++) {
    const distance = at[j]! - now;
    if (distance > marginMs || (distance > votingMs && voters > before)) break;
    if (count[j]! >= 0) votes[voters++] = count[j]!;
  }
  return voters;
}

/** The highest count that more than a third of the votes reach, of fewer than six votes more than half. Less than half,
 * because sensors miss people more often than they invent them. `guess` only saves time: mostly it is right. */
function elect(votes: number[], voters: number, guess: number): number {
  const needed = Math.floor(voters / (voters < 6 ? 2 : 3)) + 1;
  let reach = 0;
  let exceed = 0;
  for (let i = 0; i < voters; i++) {
    if (votes[i]! >= guess) reach++;
    if (votes[i]! > guess) exceed++;
  }
  if (reach >= needed && exceed < needed) return guess;
  for (let i = 1; i < voters; i++) {
    const vote = votes[i]!;
    let place = i;
    for (; place > 0 && votes[place - 1]! < vote; place--) votes[place] = votes[place - 1]!;
    votes[place] = vote;
  }
  return votes[needed - 1]!;
}

/** For how long a count held, in all. */
interface CountHeld {
  readonly count: number;
  ms: number;
}

/** `held` stays in order of counts. They are few, however many samples there are. */
function hold(held: CountHeld[], count: number, ms: number): void {
  let place = held.length;
  while (place > 0 && held[place - 1]!.count >= count) place--;
  const same = held[place];
  if (same?.count === count) same.ms += ms;
  else held.splice(place, 0, { count, ms });
}

function summary(held: readonly CountHeld[]): MinuteValue | null {
  let observedMs = 0;
  let sum = 0;
  for (const { count, ms } of held) {
    observedMs += ms;
    sum += count * ms;
  }
  if (observedMs < leastObservedMs) return null;
  let middle = 0;
  for (let below = held[0]!.ms; below * 2 < observedMs; below += held[middle]!.ms) middle++;
  return {
    value: held[middle]!.count,
    min: held[0]!.count,
    max: held.at(-1)!.count,
    mean: Math.round((sum / observedMs) * 100) / 100,
    observedMs,
  };
}

/** The first sample at or after a moment. */
function firstFrom(at: readonly number[], moment: number): number {
  let low = 0;
  let high = at.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at[middle]! < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}
