// The time by which stored due times are judged. It follows the wall clock forwards (a machine that slept has missed
// that time) and never goes back: when the wall clock is set back it goes on at the pace of the monotonic one, so that
// nothing which is owed waits for the wall clock to catch up.

import type { Clock } from "../clock.ts";

export interface DueClock {
  /** Epoch ms, whole, never decreasing. */
  now(): number;
  /** The same for somebody who only looks: no jump is noted. */
  peek(): number;
  /** How far time has leapt ahead since this was last asked, ms; 0 when it just passed. */
  jump(): number;
}

/** `jumpMs`: a wall clock that runs ahead by less than this has not jumped. */
export function createDueClock(clock: Clock, jumpMs: number): DueClock {
  let time = clock.now();
  let measured = clock.monotonic();
  let jumped = 0;
  return {
    now() {
      const monotonic = clock.monotonic();
      const passed = time + (monotonic - measured);
      const wall = clock.now();
      if (wall - passed > jumpMs) jumped += wall - passed;
      time = Math.max(passed, wall);
      measured = monotonic;
      return Math.floor(time);
    },
    peek: () => Math.floor(Math.max(time + (clock.monotonic() - measured), clock.now())),
    jump() {
      const jump = jumped;
      jumped = 0;
      return jump;
    },
  };
}
