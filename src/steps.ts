// Work that may be interrupted: a generator that yields wherever others may work, and computes the same whether they do. Whoever
// runs it decides: all at once, or in slices of the main thread's time (turns.ts).

import type { Pause } from "./turns.ts";

export type Steps<Result> = Generator<void, Result, void>;

export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Throws what the steps throw. Between two of them `pause` may let others work. */
export async function inSlices<Result>(steps: Steps<Result>, pause: Pause): Promise<Result> {
  for (;;) {
    const wait = pause();
    if (wait !== undefined) await wait;
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Items that cost little each, so many from one step to the next. */
const itemsOfStep = 64;

/** Goes through the items; use it as `yield* forEach(items, (item) => …)`. */
export function* forEach<Item>(items: Iterable<Item>, act: (item: Item, index: number) => void): Steps<void> {
  let index = 0;
  for (const item of items) {
    act(item, index);
    if (++index % itemsOfStep === 0) yield;
  }
}
