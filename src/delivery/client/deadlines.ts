// Many deadlines on one timer: things under way are looked over every few ms, which is cheaper than a timer for each
// request and lets a deadline move. They stand in a ring and not in a Set: the tables that a busy Set leaves behind hold on
// to each other and to what was in them, until all of it has grown old and a large collection has to find it.

import type { Cancel, Clock } from "../../clock.ts";
import { append, createLinkedList, type Linked, remove } from "../structures/linked-list.ts";

export interface Limited<Item extends Limited<Item>> extends Linked<Item> {
  /** Monotonic ms; Infinity: none for now. */
  deadline: number;
}

export interface Deadlines<Item> {
  watch(item: Item): void;
  unwatch(item: Item): void;
  watched(): readonly Item[];
  stop(): void;
}

/** Calls `expire` once for each watched item whose deadline has passed, at most `everyMs` late, and watches it no more. */
export function createDeadlines<Item extends Limited<Item>>(
  clock: Clock,
  everyMs: number,
  expire: (item: Item) => void,
): Deadlines<Item> {
  const ring = createLinkedList<Item>();
  let cancel: Cancel | null = null;

  function watched(): readonly Item[] {
    const items: Item[] = [];
    for (let item = ring.head; item !== null; item = item.after) items.push(item);
    return items;
  }

  function look(): void {
    cancel = null;
    const now = clock.monotonic();
    for (const item of watched()) {
      if (item.deadline > now || item.list === null) continue;
      remove(item);
      expire(item);
    }
    if (ring.head !== null) cancel ??= clock.after(everyMs, look);
  }

  return {
    watch(item) {
      append(ring, item);
      cancel ??= clock.after(everyMs, look);
    },
    unwatch: remove,
    watched,
    stop() {
      for (const item of watched()) remove(item);
      cancel?.();
      cancel = null;
    },
  };
}
