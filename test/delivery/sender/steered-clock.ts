// A clock that moves only when told.

import type { Clock } from "../../../src/clock.ts";

export interface SteeredClock extends Clock {
  /** Moves on, running what falls due on the way, in order. */
  advance(ms: number): void;
  /** Timers that are set. */
  timers(): number;
}

export function steeredClock(): SteeredClock {
  let now = 0;
  const timers = new Set<{ at: number; run: () => void }>();
  return {
    now: () => Date.UTC(2026, 7, 1) + now,
    monotonic: () => now,
    after(ms, then) {
      const timer = { at: now + Math.max(0, ms), run: then };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = end;
    },
    timers: () => timers.size,
  };
}
