// The numbers of what lanes are owed, from what was committed: each one more than the last, over restarts and retention; a resend and
// a replay have the number under which their event was owed first, and none where it was not.

import type { Judge } from "./judge.ts";

export interface SequenceFacts {
  /** The lane is owed an event that it was not owed before. */
  given(lane: number, event: number, sequence: number): void;
  /** Under which number it was owed first. */
  of(lane: number, event: number): number | null;
  last(lane: number): number;
}

export function createSequenceFacts(judge: Judge): SequenceFacts {
  /** By lane and event. */
  const numbers = new Map<string, number>();
  const lasts = new Map<number, number>();
  const last = (lane: number): number => lasts.get(lane) ?? 0;
  return {
    given(lane, event, sequence) {
      judge.check(sequence === last(lane) + 1, 36, () => `lane ${lane} gives number ${sequence} after ${last(lane)}`);
      lasts.set(lane, sequence);
      numbers.set(`${lane} ${event}`, sequence);
    },
    of: (lane, event) => numbers.get(`${lane} ${event}`) ?? null,
    last,
  };
}
