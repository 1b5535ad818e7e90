// The numbers of what lanes are owed, from what was committed: each one more than the last, over restarts and retention; a resend and
// a replay have the number under which their event was owed first, and none where it was not.

import type { Clock } from "../../../src/clock.ts";
import { createSequenceReads } from "../../../src/store/sqlite/statements/sequence-reads.ts";
import type { Judge } from "./judge.ts";
import { isHere } from "./ledger.ts";
import type { Finished } from "./verdict.ts";

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

/** Whoever asks for the numbers of a lane, a few at a time, is told each once, with what became of it. */
export function checkNumbers({ judge, ledger, truth }: Finished, clock: Pick<Clock, "monotonic">): void {
  const { numbered } = createSequenceReads(truth, clock);
  for (const { number: lane, organization } of ledger.subscriptions.values()) {
    const told = new Set<number>();
    for (let after = 0, last = Infinity; after < last; ) {
      const page = numbered({ organization, lane, after, limit: 7 });
      last = page.last;
      for (const item of page.items) {
        const first = item.sequence;
        judge.check(first === after + 1, 36, () => `lane ${lane} tells number ${first} behind ${after}`);
        after = "through" in item ? item.through : first;
        if ("through" in item) continue;
        told.add(first);
        const delivery = ledger.deliveries.get(item.delivery);
        const isOwed = item.state === "pending" || item.state === "held";
        const isRight =
          delivery?.lane === lane &&
          delivery.sequence === first &&
          (isHere(delivery) ? isOwed : delivery.state === item.state);
        judge.check(isRight, 36, () => `lane ${lane} tells number ${first} as ${item.state} of ${item.delivery}`);
      }
      if (page.items.length === 0) break;
    }
    judge.check(
      told.size === 0 || Math.max(...told) <= ledger.sequences.last(lane),
      36,
      () => `lane ${lane} tells more`,
    );
    for (const { event, sequence, number } of ledger.ofLane(lane)) {
      const isKept = sequence !== null && ledger.events.has(event.number);
      judge.check(
        !isKept || told.has(sequence),
        36,
        () => `number ${sequence} of lane ${lane} (${number}) is forgotten`,
      );
    }
  }
}
