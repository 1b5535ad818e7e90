// Collects a page of what a lane was owed, in the order of its numbers: those that lie between two are forgotten. Pure; each store
// uses it.

import type { Clock } from "../clock.ts";
import { mostBodies } from "./history-operations.ts";
import type { NumberedDelivery, NumberedItem, NumberedPage, NumbersWithoutDelivery } from "./sequence-reads.ts";

export interface NumberedCollector {
  /** null: nothing is left of it. */
  add(found: NumberedDelivery | null): void;
  addRange(first: number, through: number, state: NumbersWithoutDelivery["state"]): void;
  /** What was not told up to there is forgotten. */
  addRest(through: number): void;
  isFull(): boolean;
  /** `last`: the last number that was given or left out. */
  end(last: number): NumberedPage;
}

/** `until`: when it is full whatever it has, ms of the clock. */
export function createNumberedPage(
  after: number,
  limit: number,
  until: number,
  clock: Pick<Clock, "monotonic">,
): NumberedCollector {
  const items: NumberedItem[] = [];
  let reached = after;
  let room = mostBodies;

  function addRange(first: number, through: number, state: NumbersWithoutDelivery["state"]): void {
    if (first > reached + 1) addRange(reached + 1, first - 1, "forgotten");
    if (through <= reached) return;
    const before = items.at(-1);
    const isLonger = before !== undefined && "through" in before && before.state === state;
    if (isLonger) items[items.length - 1] = { ...before, through };
    else items.push({ sequence: reached + 1, through, state });
    reached = through;
  }

  return {
    add(found) {
      // A resend has its number from before, and one that a run and the scan both know comes twice.
      if (found === null || found.sequence <= reached) return;
      addRest(found.sequence - 1);
      items.push(found);
      room -= found.body?.length ?? 0;
      reached = found.sequence;
    },
    addRange,
    addRest,
    isFull: () => items.length >= limit || room <= 0 || (items.length > 0 && clock.monotonic() >= until),
    end(last) {
      // A number that was forgotten can bring an item more than was asked for.
      const within = items.slice(0, limit);
      const end = within.at(-1);
      const told = end === undefined ? after : "through" in end ? end.through : end.sequence;
      return { items: within, reached: told, last };
    },
  };

  function addRest(through: number): void {
    addRange(reached + 1, through, "forgotten");
  }
}
