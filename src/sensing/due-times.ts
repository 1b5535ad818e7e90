// When which thing is due, in memory: one heap, and one time for each thing. Moving a thing to a later time costs nothing
// until its earlier time has come.

import { type Due, popEarliest, pushDue } from "../due-heap.ts";

export interface DueTimes {
  /** The thing is due at this moment, instead of any it had. */
  set(id: string, at: number): void;
  delete(id: string): void;
  /** Takes out the next thing that is due. */
  take(now: number): string | undefined;
  /** Infinity: nothing waits. */
  next(): number;
  clear(): void;
}

interface Entry extends Due {
  readonly id: string;
}

export function createDueTimes(): DueTimes {
  const heap: Entry[] = [];
  const due = new Map<string, number>();
  /** The time of the entry that stands for the thing in the heap; never later than its due time. */
  const standing = new Map<string, number>();

  const stand = (id: string, at: number): void => {
    standing.set(id, at);
    pushDue(heap, { at, id });
  };

  /** The first entry of the heap, once every outdated one before it is put right. */
  const first = (): Entry | undefined => {
    for (let top = heap[0]; top !== undefined; top = heap[0]) {
      const at = due.get(top.id);
      const isStanding = standing.get(top.id) === top.at;
      if (isStanding && at === top.at) return top;
      popEarliest(heap);
      if (!isStanding) continue;
      if (at === undefined) standing.delete(top.id);
      else stand(top.id, at);
    }
    return undefined;
  };

  return {
    set(id, at) {
      due.set(id, at);
      const stands = standing.get(id);
      if (stands === undefined || at < stands) stand(id, at);
    },
    delete: (id) => void due.delete(id),
    take(now) {
      const top = first();
      if (top === undefined || top.at > now) return undefined;
      popEarliest(heap);
      standing.delete(top.id);
      due.delete(top.id);
      return top.id;
    },
    next: () => first()?.at ?? Infinity,
    clear() {
      heap.length = 0;
      due.clear();
      standing.clear();
    },
  };
}
