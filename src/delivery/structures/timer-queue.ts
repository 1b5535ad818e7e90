// When which lane must be looked at again: one heap and one timer for all of them.

import type { Cancel, Clock } from "../../clock.ts";
import { popEarliest, pushDue } from "../../due-heap.ts";

export interface Timed {
  /** The time that counts for it, Infinity when it waits for none; other entries in the heap are stale. */
  wakeAt: number;
}

export interface TimerQueue<Item extends Timed> {
  /** Wakes the item at `at`, or earlier if it was to be woken earlier already. */
  set(item: Item, at: number): void;
  /** Lets the item sleep for good. */
  drop(item: Item): void;
  /** Takes out the next item whose time has come. */
  due(now: number): Item | undefined;
  /** Arms the timer for the earliest. */
  arm(now: number): void;
  stop(): void;
}

interface TimerEntry<Item> {
  readonly at: number;
  readonly item: Item;
}

/** `ring` is called when it is time to ask `due`, and at least every `heartbeatMs` while anything waits. */
export function createTimerQueue<Item extends Timed>(
  clock: Clock,
  heartbeatMs: number,
  onTime: () => void,
): TimerQueue<Item> {
  const heap: TimerEntry<Item>[] = [];
  let cancel: Cancel | null = null;
  let armedFor = Infinity;
  /** Items that wait. */
  let waiting = 0;

  function disarm(): void {
    cancel?.();
    cancel = null;
    armedFor = Infinity;
  }

  function dropStale(): TimerEntry<Item> | undefined {
    for (;;) {
      const top = heap[0];
      if (top === undefined || top.item.wakeAt === top.at) return top;
      popEarliest(heap);
    }
  }

  /** An item that sleeps for a day and is woken now and then leaves an entry behind each time. */
  function tidy(): void {
    if (heap.length <= 64 || heap.length <= 4 * waiting) return;
    const live = new Map(heap.filter(({ at, item }) => item.wakeAt === at).map((entry) => [entry.item, entry]));
    heap.length = 0;
    for (const entry of live.values()) pushDue(heap, entry);
  }

  return {
    set(item, at) {
      if (at >= item.wakeAt) return;
      if (item.wakeAt === Infinity) waiting++;
      item.wakeAt = at;
      pushDue(heap, { at, item });
      tidy();
    },
    drop(item) {
      if (item.wakeAt === Infinity) return;
      item.wakeAt = Infinity;
      waiting--;
      tidy();
    },
    due(now) {
      const top = dropStale();
      if (top === undefined || top.at > now) return undefined;
      popEarliest(heap);
      top.item.wakeAt = Infinity;
      waiting--;
      return top.item;
    },
    arm(now) {
      const top = dropStale();
      if (top === undefined) return disarm();
      const at = Math.min(top.at, now + heartbeatMs);
      if (cancel !== null && armedFor <= at) return;
      disarm();
      armedFor = at;
      cancel = clock.after(Math.max(at - now, 0), () => {
        cancel = null;
        armedFor = Infinity;
        onTime();
      });
    },
    stop: disarm,
  };
}
