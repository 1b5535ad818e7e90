// Many deadlines on one timer: things under way are looked over every few ms, which is cheaper than a timer for each
// request and lets a deadline move.

import type { Cancel, Clock } from "../../clock.ts";

export interface Limited {
  /** Monotonic ms. */
  deadline: number;
}

export interface Deadlines<Item extends Limited> {
  watch(item: Item): void;
  unwatch(item: Item): void;
  stop(): void;
}

/** Calls `expire` once for each watched item whose deadline has passed, at most `everyMs` late, and watches it no more. */
export function createDeadlines<Item extends Limited>(
  clock: Clock,
  everyMs: number,
  expire: (item: Item) => void,
): Deadlines<Item> {
  const items = new Set<Item>();
  let cancel: Cancel | null = null;

  function look(): void {
    cancel = null;
    const now = clock.monotonic();
    for (const item of items) {
      if (item.deadline > now) continue;
      items.delete(item);
      expire(item);
    }
    if (items.size > 0) cancel ??= clock.after(everyMs, look);
  }

  return {
    watch(item) {
      items.add(item);
      cancel ??= clock.after(everyMs, look);
    },
    unwatch(item) {
      items.delete(item);
    },
    stop() {
      items.clear();
      cancel?.();
      cancel = null;
    },
  };
}
