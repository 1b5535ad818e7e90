// How many attempts a lane may start in a time: the rate limit that its owner set, and a gentler pace that it learned from a
// receiver which answered 429 with a Retry-After. Both are token buckets on the monotonic clock, so a wall clock that is set
// neither opens nor closes them. A lane without either has no throttle, and is asked for nothing but that. Values in memory:
// after a restart every bucket begins empty, so the two processes together never start more than one could.

import type { RateLimit } from "../../model/subscription.ts";

/** In any time of t seconds, at both ends of it, at most `burst` + `perSecond` × t attempts start. */
export interface Bucket {
  perSecond: number;
  burst: number;
  /** Monotonic ms at which it is full again if nothing starts before. */
  fullAt: number;
}

/** A pace that a receiver asked for. It grows with each success, and is forgotten when it is far above what was too much. */
export interface LearnedPace extends Bucket {
  /** Monotonic ms at which the receiver last asked. Attempts that began before say nothing new. */
  askedAt: number;
  /** Starts per second at which it is forgotten. */
  forgetAt: number;
}

export interface Throttle {
  limit: Bucket | null;
  learned: LearnedPace | null;
}

/** What a lane remembers of its starts. */
export interface Throttled {
  /** Null: the lane may start as many as it has slots for. */
  throttle: Throttle | null;
  /** Monotonic ms at which the second began in which its last attempt started; how many started in it, and in the one before. */
  secondAt: number;
  starts: number;
  startsBefore: number;
}

export const unthrottled = (): Throttled => ({ throttle: null, secondAt: -Infinity, starts: 0, startsBefore: 0 });

const second = 1_000;
/** ms by which sums of fractions may differ. */
const rounding = 1e-6;
/** A learned pace is never slower than one start in a minute. */
const slowest = 1 / 60;
/** Starts per second that a success adds to a learned pace: one that is used to the full doubles in about 42 s. */
const gain = 1 / 60;

const intervalOf = ({ perSecond }: Bucket): number => second / perSecond;

/** Monotonic ms from which on the bucket has a token. */
const nextOf = (bucket: Bucket): number => bucket.fullAt - (bucket.burst - 1) * intervalOf(bucket) - rounding;

const takeFrom = (bucket: Bucket, at: number): void => {
  bucket.fullAt = Math.max(bucket.fullAt, at) + intervalOf(bucket);
};

/** Monotonic ms before which the lane starts nothing; -Infinity: it may. */
export function nextStartAt({ throttle }: Readonly<Throttled>): number {
  if (throttle === null) return -Infinity;
  const { limit, learned } = throttle;
  return Math.max(limit === null ? -Infinity : nextOf(limit), learned === null ? -Infinity : nextOf(learned));
}

export const isThrottled = (lane: Readonly<Throttled>, monotonic: number): boolean =>
  lane.throttle !== null && nextStartAt(lane) > monotonic;

/** Starts per second that the lane may keep up now; null: no throttle. */
export function startsPerSecond({ throttle }: Readonly<Throttled>): number | null {
  if (throttle === null) return null;
  return Math.min(throttle.limit?.perSecond ?? Infinity, throttle.learned?.perSecond ?? Infinity);
}

/** An attempt of the lane starts. */
export function countStart(lane: Throttled, monotonic: number): void {
  if (monotonic - lane.secondAt >= second) {
    lane.startsBefore = monotonic - lane.secondAt < 2 * second ? lane.starts : 0;
    lane.secondAt = monotonic;
    lane.starts = 0;
  }
  lane.starts++;
  if (lane.throttle !== null) take(lane.throttle, monotonic);
}

function take({ limit, learned }: Throttle, monotonic: number): void {
  if (limit !== null) takeFrom(limit, monotonic);
  if (learned !== null) takeFrom(learned, monotonic);
}

/** The attempt that was counted last had to wait for its mark and goes only now; nothing of its lane has started since. */
export function startedLater({ throttle }: Throttled, monotonic: number): void {
  for (const bucket of [throttle?.limit, throttle?.learned]) {
    if (bucket) bucket.fullAt = Math.max(bucket.fullAt, monotonic + intervalOf(bucket));
  }
}

/** The owner's limit is this one now. A new bucket begins empty, and one that is changed keeps the tokens that it has. */
export function limitTo(lane: Throttled, limit: RateLimit | null, now: () => number): void {
  const before = lane.throttle?.limit ?? null;
  if (limit === null) {
    if (before !== null) lane.throttle = throttleOf(null, lane.throttle!.learned);
    return;
  }
  if (before?.perSecond === limit.perSecond && before.burst === limit.burst) return;
  const at = now();
  const tokens = before === null ? 0 : before.burst - Math.max(before.fullAt - at, 0) / intervalOf(before);
  const bucket = { ...limit, fullAt: at };
  bucket.fullAt += (limit.burst - Math.min(tokens, limit.burst)) * intervalOf(bucket);
  lane.throttle = throttleOf(bucket, lane.throttle?.learned ?? null);
}

const throttleOf = (limit: Bucket | null, learned: LearnedPace | null): Throttle | null =>
  limit === null && learned === null ? null : { limit, learned };

/** The receiver wants fewer at a time: half as many starts per second as were too much. `startedAt`: of the attempt that it
 * answered so. */
export function slowDown(lane: Throttled, startedAt: number, monotonic: number): void {
  const learned = lane.throttle?.learned ?? null;
  if (learned !== null && startedAt <= learned.askedAt) return;
  const started = Math.max(lane.starts, monotonic - lane.secondAt < 2 * second ? lane.startsBefore : 0);
  const tooMuch = Math.min(started, learned?.perSecond ?? Infinity);
  const perSecond = Math.max(tooMuch / 2, slowest);
  const pace = { perSecond, burst: 1, fullAt: monotonic + second / perSecond };
  const slower = { ...pace, askedAt: monotonic, forgetAt: Math.max(2 * tooMuch, 2 * perSecond) };
  lane.throttle = throttleOf(lane.throttle?.limit ?? null, slower);
}

/** A delivery has arrived. */
export function speedUp(lane: Throttled): void {
  const learned = lane.throttle?.learned;
  if (!learned) return;
  learned.perSecond += gain;
  if (learned.perSecond >= learned.forgetAt) forgetPace(lane);
}

/** Its owner wants the receiver called now: the next attempt need not wait for the learned pace. The rate limit stays. */
export function startNow({ throttle }: Throttled): void {
  if (throttle?.learned) throttle.learned.fullAt = -Infinity;
}

/** The receiver is another one, or its owner says that it is well: nothing is known of its pace. */
export function forgetPace(lane: Throttled): void {
  if (lane.throttle?.learned) lane.throttle = throttleOf(lane.throttle.limit, null);
}
