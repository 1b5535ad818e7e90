// Tells for each state that arrives whether it is news, although states arrive late, twice or corrected. Remembers in memory
// only: to keep order across restarts, compare `stateOf` in your database.

import type { Received } from "./event.ts";
import { stateOf } from "./state.ts";

/** `current`: the newest moment of its space or sensor; show it. `past`: valid for an earlier moment; add it to the history
 * only. `stale`: a better statement about that moment came before; drop it. */
export type Freshness = "current" | "past" | "stale";

export interface LatestOptions {
  /** How many spaces and sensors are remembered; the least recently heard of is forgotten first. Default 10,000. */
  readonly subjects?: number;
  /** How many moments of each are remembered, to recognize corrections. Default 64. */
  readonly moments?: number;
}

/** Returns a function to call once per event, in the order of arrival. The same event again gets the same result. Events
 * that are not states are always `current`. Throws a TypeError for an option that is not a number of 1 or more. */
export function createLatest(options: LatestOptions = {}): (event: Received) => Freshness {
  const { subjects = 10_000, moments = 64 } = options;
  if (!(subjects >= 1 && moments >= 1)) throw new TypeError("subjects and moments must be numbers of 1 or more.");
  /** State key → moment → greatest rank. The least recently used key first. */
  const known = new Map<string, Map<number, string>>();

  return (event) => {
    const state = stateOf(event);
    if (state === null) return "current";
    const { key, at, rank } = state;
    const ranks = known.get(key) ?? new Map<number, string>();
    known.delete(key);
    known.set(key, ranks);
    if (known.size > subjects) known.delete(known.keys().next().value!);
    if (rank < (ranks.get(at) ?? "")) return "stale";
    ranks.set(at, rank);
    const newest = Math.max(...ranks.keys());
    if (ranks.size > moments) ranks.delete(Math.min(...ranks.keys()));
    return at === newest ? "current" : "past";
  };
}
