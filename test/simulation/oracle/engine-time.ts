// The time by which a process must judge what is due, worked out once more: it follows the wall clock forwards and never
// goes back. What the process has noticed of a jump depends on when it looked, so there are two bounds of it.

import type { Timeline } from "../timeline.ts";

export interface EngineTime {
  /** It is at least this. Call it only at moments at which the process looks at its clock. */
  least(): number;
  /** It is at most this. */
  most(): number;
  /** The wall clock is about to jump, or has just done it. */
  jumped(): void;
}

export function createEngineTime(timeline: Timeline): EngineTime {
  const follow = () => {
    let time = timeline.wall();
    let measured = timeline.now();
    return () => {
      const now = timeline.now();
      time = Math.max(time + now - measured, timeline.wall());
      measured = now;
      return time;
    };
  };
  const least = follow();
  const most = follow();
  return { least, most, jumped: () => void most() };
}
