// What all parts of one run share.

import type { SeededRandom } from "../../src/simulator/random.ts";
import { createSeededRandom } from "../../src/simulator/random.ts";
import type { Judge } from "./oracle/judge.ts";
import type { Profile } from "./profile.ts";
import type { Timeline } from "./timeline.ts";

export interface World {
  readonly seed: number;
  readonly profile: Profile;
  readonly timeline: Timeline;
  readonly judge: Judge;
  /** Chance of its own for every part, so that one of them drawing more changes no other. */
  random(part: string): SeededRandom;
  /** One line of what happened. The hash of a run is the hash of its lines. */
  trace(line: string): void;
  readonly lines: string[];
  /** What went wrong by intention, by kind. */
  readonly faults: Map<string, number>;
  fault(kind: string): void;
}

export function createWorld(seed: number, profile: Profile, timeline: Timeline, judge: Judge, start: number): World {
  const lines: string[] = [];
  const faults = new Map<string, number>();
  const trace = (line: string): void => {
    lines.push(`${(timeline.now() - start).toFixed(1)} ${line}`);
  };
  return {
    seed,
    profile,
    timeline,
    judge,
    random: (part) => createSeededRandom(`${seed} ${part}`),
    trace,
    lines,
    faults,
    fault(kind) {
      faults.set(kind, (faults.get(kind) ?? 0) + 1);
      trace(`fault: ${kind}`);
    },
  };
}

/** A secret can be told wherever it turns up. */
export const marker = "canary";
