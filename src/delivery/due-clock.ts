// The time by which stored due times are judged. It follows the wall clock forwards (a machine that slept has missed
// that time) and never goes back: when the wall clock is set back it goes on at the pace of the monotonic one, so that
// nothing which is owed waits for the wall clock to catch up.

import type { Clock } from "../clock.ts";

export interface SteadyTime {
  /** Epoch ms, whole, never decreasing. */
  now(): number;
  /** How far time has leapt ahead since this was last asked, ms; 0 when it just passed. */
  leap(): number;
}

/** `jumpMs`: a wall clock that runs ahead by less than this has not jumped. */
export function createSteadyTime(clock: Clock, jumpMs: number): SteadyTime {
  let time = clock.now();
  let measured = clock.monotonic();
  let leapt = 0;
  return {
    now() {
      const monotonic = clock.monotonic();
      const passed = time + (monotonic - measured);
      const wall = clock.now();
      if (wall - passed > jumpMs) leapt += wall - passed;
      time = Math.max(passed, wall);
      measured = monotonic;
      return Math.floor(time);
    },
    leap() {
      const leap = leapt;
      leapt = 0;
      return leap;
    },
  };
}
