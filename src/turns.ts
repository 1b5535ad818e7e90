// The main thread's time, dealt out: GraphQL, reports, long answers and building models run in slices, one of all of them in
// each turn of the event loop, and the organizations take turns. So an answer of any size delays nobody else by much more than
// a slice.

import type { Clock } from "./clock.ts";

export interface Turns {
  /** Resolves at the start of a slice for this organization. */
  next(organization: string): Promise<void>;
  /** Whether the slice that runs now is used up. */
  readonly isOver: boolean;
}

const sliceMs = 2;
const freeMs = 1;

export function createTurns(clock: Pick<Clock, "monotonic">): Turns {
  /** In the order of their turns; one that was served goes to the end. */
  const waiting = new Map<string, (() => void)[]>();
  let end = 0;
  let scheduled = false;

  const serve = (): void => {
    scheduled = false;
    const [organization, queue] = waiting.entries().next().value!;
    const start = queue.shift()!;
    waiting.delete(organization);
    if (queue.length > 0) waiting.set(organization, queue);
    if (waiting.size > 0) schedule();
    end = clock.monotonic() + sliceMs;
    start();
  };

  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(serve);
  };

  return {
    next: (organization) =>
      new Promise((start) => {
        const queue = waiting.get(organization);
        if (queue === undefined) waiting.set(organization, [start]);
        else queue.push(start);
        schedule();
      }),
    get isOver() {
      return clock.monotonic() >= end;
    },
  };
}

/** Lets others work between two pieces of work, once the slice is used up. */
export type Pause = () => Promise<void> | undefined;

export const pauseOf =
  (turns: Turns, organization: string): Pause =>
  () =>
    turns.isOver ? turns.next(organization) : undefined;

/** For work that is mostly short: it begins at once, and waits for a slice only when it has become long. */
export function pauseWhenLong(turns: Turns, clock: Pick<Clock, "monotonic">, organization: string): Pause {
  const freeUntil = clock.monotonic() + freeMs;
  let isLong = false;
  return () => {
    if (isLong ? !turns.isOver : clock.monotonic() < freeUntil) return undefined;
    isLong = true;
    return turns.next(organization);
  };
}
