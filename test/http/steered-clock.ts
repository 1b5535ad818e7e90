// A clock that stands still until a test moves it.

import type { Clock } from "../../src/clock.ts";

export interface SteeredClock extends Clock {
  /** Moves time on and calls what falls due on the way. */
  advance(ms: number): void;
}

export function steeredClock(start: number): SteeredClock {
  let elapsed = 0;
  let timers: { readonly due: number; readonly call: () => void }[] = [];
  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    after(ms, then) {
      const timer = { due: elapsed + ms, call: then };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      elapsed += ms;
      const due = timers.filter((timer) => timer.due <= elapsed);
      timers = timers.filter((timer) => timer.due > elapsed);
      for (const { call } of due) call();
    },
  };
}
