// What a receiver finds out about several nodes: whether events of one subject came in order, whether a subscription that is slowed
// down got more than it should, and whether a paused one got anything.

import type { Arrival } from "./receiver.ts";

export interface Watch {
  /** To be told of every request. */
  note(arrival: Arrival): void;
  /** This subscription is paused from now on, or no longer. */
  paused(subscription: number, isPaused: boolean): void;
  /** What was not kept, of each kind some. */
  readonly faults: string[];
  /** Most requests that a subscription with a rate limit got within ten seconds. */
  most(): number;
}

export interface WatchOptions {
  /** Events of one subject are sent to it in order. */
  readonly inOrder: (subscription: number) => boolean;
  /** `subjectOf`: by the number of an event. */
  readonly subjectOf: (event: number) => number;
  readonly limited: (subscription: number) => boolean;
  /** Requests in any ten seconds. */
  readonly limit: number;
}

const windowMs = 10_000;
/** A change reaches every node within this, and what was under way then ends, ms. */
const graceMs = 2_000;

export function createWatch({ inOrder, subjectOf, limited, limit }: WatchOptions): Watch {
  const last = new Map<string, number>();
  const starts = new Map<number, number[]>();
  const pausedSince = new Map<number, number>();
  const faults: string[] = [];
  const counts = new Map<string, number>();
  let most = 0;

  function complain(kind: string, text: string): void {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    if (count <= 3) faults.push(text);
  }

  return {
    faults,
    most: () => most,
    paused: (subscription, isPaused) =>
      void (isPaused ? pausedSince.set(subscription, Date.now()) : pausedSince.delete(subscription)),
    note({ subscription, event, times }) {
      const now = Date.now();
      const since = pausedSince.get(subscription);
      if (since !== undefined && now > since + graceMs) {
        complain("paused", `${subscription} got an event ${now - since} ms after it had been paused`);
      }
      if (inOrder(subscription) && times === 1) {
        const subject = `${subscription}/${subjectOf(event)}`;
        const before = last.get(subject) ?? 0;
        if (event < before) complain("order", `${subscription} got event ${event} after ${before} of the same subject`);
        last.set(subject, Math.max(event, before));
      }
      if (limited(subscription)) {
        const within = (starts.get(subscription) ?? []).filter((at) => at > now - windowMs);
        within.push(now);
        starts.set(subscription, within);
        most = Math.max(most, within.length);
        if (within.length > limit) {
          complain("limit", `${subscription} got ${within.length} requests in ${windowMs / 1000} s, at most ${limit}`);
        }
      }
    },
  };
}
