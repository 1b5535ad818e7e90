// What is told of the numbers of each lane at the end of a run, beside what was committed.

import type { Clock } from "../../../src/clock.ts";
import { createSequenceReads } from "../../../src/store/sqlite/statements/sequence-reads.ts";
import { isHere } from "./ledger.ts";
import type { Finished } from "./verdict.ts";

/** Whoever asks for the numbers of a lane, a few at a time, is told each once, with what became of it. */
export function checkNumbers({ judge, ledger, truth }: Finished, clock: Pick<Clock, "monotonic">): void {
  const { numbered } = createSequenceReads(truth, clock);
  for (const { number: lane, organization } of ledger.subscriptions.values()) {
    const told = new Set<number>();
    const given = ledger.sequences.last(lane);
    let reached = 0;
    for (let after = 0, last = Infinity; after < last; ) {
      const page = numbered({ organization, lane, after, limit: 7 });
      last = page.last;
      reached = page.items.length === 0 ? reached : page.reached;
      for (const item of page.items) {
        const first = item.sequence;
        judge.check(first === after + 1, 36, () => `lane ${lane} tells number ${first} behind ${after}`);
        after = "through" in item ? item.through : first;
        if ("through" in item) {
          // Nothing is restored here.
          const isForgotten = item.state === "forgotten" && item.through >= first;
          judge.check(isForgotten, 36, () => `lane ${lane} tells ${first} to ${item.through} as ${item.state}`);
          continue;
        }
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
    judge.check(reached === given, 36, () => `lane ${lane} tells up to ${reached}, and gave up to ${given}`);
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
