// Rate limits, judged on the wire: in any time no lane starts more than its limit allows, whichever process starts it. And when
// a lane may rightly wait for its limit, or for a receiver that asked for a gentler pace.

import { isDeepStrictEqual } from "node:util";
import type { Outcome } from "../../../src/model/attempt.ts";
import type { RateLimit, Subscription } from "../../../src/model/subscription.ts";
import type { Timeline } from "../timeline.ts";
import type { Judge } from "./judge.ts";

export interface PaceCheck {
  /** What the process may take for true of the lane has changed. */
  changed(lane: number, versions: readonly (Subscription | null)[]): void;
  started(lane: number): void;
  /** An attempt has its turn taken from its limit, and did not go. */
  postponed(lane: number): void;
  told(lane: number, outcome: Outcome, retryAfterMs: number | null): void;
  /** A process begins, with empty buckets. */
  takenOver(): void;
  mayWait(lane: number): boolean;
}

interface Pace {
  /** The limit, where it is certain; undefined: it is not. */
  limit: RateLimit | null | undefined;
  /** Starts since it was certain, monotonic. */
  starts: number[];
  /** When a token was last taken, or the bucket was emptied. */
  emptiedAt: number;
  /** When the receiver last asked for a gentler pace. */
  askedAt: number;
}

/** A learned pace is never slower than one start in a minute. */
const slowestMs = 60_000;

export function createPaceCheck(timeline: Timeline, judge: Judge): PaceCheck {
  const paces = new Map<number, Pace>();
  let begunAt = -Infinity;

  function paceOf(lane: number): Pace {
    let pace = paces.get(lane);
    if (pace === undefined) {
      paces.set(lane, (pace = { limit: undefined, starts: [], emptiedAt: -Infinity, askedAt: -Infinity }));
    }
    return pace;
  }

  function check(lane: number, { perSecond, burst }: RateLimit, starts: readonly number[]): void {
    const now = timeline.now();
    for (let first = starts.length - 1; first >= 0; first--) {
      const ms = now - starts[first]!;
      const count = starts.length - first;
      const allowed = burst + (perSecond * ms) / 1000;
      if (count > allowed + 1e-3) {
        return judge.fail(35, `lane ${lane} starts ${count} in ${ms.toFixed(1)} ms, ${allowed.toFixed(2)} are allowed`);
      }
    }
  }

  return {
    changed(lane, versions) {
      const pace = paceOf(lane);
      const limits = versions.map((each) => each?.lane.rateLimit ?? null);
      const limit = limits.every((each) => isDeepStrictEqual(each, limits[0])) ? limits[0] : undefined;
      if (limit !== undefined && isDeepStrictEqual(limit, pace.limit)) return;
      Object.assign(pace, { limit, starts: [], emptiedAt: timeline.now() });
    },
    started(lane) {
      const pace = paceOf(lane);
      pace.emptiedAt = timeline.now();
      if (!pace.limit) return;
      pace.starts.push(timeline.now());
      check(lane, pace.limit, pace.starts);
    },
    postponed: (lane) => void (paceOf(lane).emptiedAt = timeline.now()),
    told(lane, { status }, retryAfterMs) {
      if (status === 429 && (retryAfterMs ?? 0) > 0) paceOf(lane).askedAt = timeline.now();
    },
    takenOver: () => void (begunAt = timeline.now()),
    mayWait(lane) {
      const { limit, emptiedAt, askedAt } = paceOf(lane);
      if (limit === undefined) return true;
      const since = timeline.now() - Math.max(emptiedAt, begunAt);
      return (limit !== null && since <= 1000 / limit.perSecond + 1) || (askedAt > -Infinity && since <= slowestMs + 1);
    },
  };
}
