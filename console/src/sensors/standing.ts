// How a sensor is, as a mark, a word and what is odd about it. Pure.

import type { Watched } from "../api/types.ts";
import type { Shape } from "../words/shape.ts";

export interface SensorStanding {
  readonly shape: Shape;
  readonly word: string;
  readonly more: string | null;
  /** 0: nothing is wrong. */
  readonly trouble: number;
}

const clocks = { ahead: "its clock is ahead", behind: "its clock is behind", wrong: "its clock is wrong" } as const;

export function sensorStanding({
  online,
  last_heard: heard,
  stuck_since: stuck,
  clock = "ok",
}: Watched): SensorStanding {
  if (heard === null) return { shape: "idle", word: "never heard", more: null, trouble: 1 };
  if (!online) return { shape: "silent", word: "silent", more: null, trouble: 4 };
  if (stuck != null) return { shape: "backing", word: "stuck", more: "it sends one frame again and again", trouble: 3 };
  if (clock !== "ok") return { shape: "backing", word: "wrong clock", more: clocks[clock], trouble: 2 };
  return { shape: "delivering", word: "online", more: null, trouble: 0 };
}
