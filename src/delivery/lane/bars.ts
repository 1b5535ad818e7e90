// Lanes that start nothing for as long as somebody holds them, while rows of theirs are cancelled that may be in memory.

import { createCounts } from "../structures/counts.ts";

export interface Bars {
  /** From now on the lane starts nothing, and has no row in memory that is not under way. Returns what ends it. */
  bar(lane: number): () => void;
  has(lane: number): boolean;
}

/** `onChanged`: the lane is barred now, or no longer. */
export function createBars(onChanged: (lane: number) => void): Bars {
  const held = createCounts<number>();
  return {
    has: (lane) => held.of(lane) > 0,
    bar(lane) {
      held.add(lane);
      onChanged(lane);
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        held.remove(lane);
        onChanged(lane);
      };
    },
  };
}
