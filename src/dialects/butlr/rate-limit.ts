// What each key may use up of something dear: points, of which so many come back with each second. A caller is put off once it
// has none left; what its last request cost more than that is a debt. Pure but for the clock.

import type { Clock } from "../../clock.ts";

export interface RateLimit {
  /** Seconds, rounded up, after which the caller may ask again; 0: now. */
  wait(caller: string): number;
  spend(caller: string, points: number): void;
}

export interface Rate {
  /** Points of a caller that was quiet for long. */
  readonly most: number;
  readonly perSecond: number;
}

/** Callers of whom something is remembered; the one that was quiet the longest is forgotten first. */
const remembered = 10_000;

export function createRateLimit(clock: Pick<Clock, "monotonic">, { most, perSecond }: Rate): RateLimit {
  const spent = new Map<string, { readonly points: number; readonly at: number }>();
  const left = (caller: string, now: number): number => {
    const entry = spent.get(caller);
    return entry === undefined ? most : Math.min(most, most - entry.points + ((now - entry.at) / 1000) * perSecond);
  };
  return {
    wait(caller) {
      const points = left(caller, clock.monotonic());
      return points > 0 ? 0 : Math.floor(-points / perSecond) + 1;
    },
    spend(caller, points) {
      const now = clock.monotonic();
      const rest = left(caller, now) - points;
      spent.delete(caller);
      spent.set(caller, { points: most - rest, at: now });
      if (spent.size > remembered) spent.delete(spent.keys().next().value!);
    },
  };
}
