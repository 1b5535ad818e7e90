// Lanes that start nothing for as long as somebody holds them, while rows of theirs are cancelled that may be in memory.

export interface Bars {
  /** From now on the lane starts nothing, and has no row in memory that is not under way. Returns what ends it. */
  bar(lane: number): () => void;
  has(lane: number): boolean;
}

/** `onChanged`: the lane is barred now, or no longer. */
export function createBars(onChanged: (lane: number) => void): Bars {
  const held = new Map<number, number>();
  return {
    has: (lane) => held.has(lane),
    bar(lane) {
      held.set(lane, (held.get(lane) ?? 0) + 1);
      onChanged(lane);
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        const left = held.get(lane)! - 1;
        if (left > 0) held.set(lane, left);
        else held.delete(lane);
        onChanged(lane);
      };
    },
  };
}
