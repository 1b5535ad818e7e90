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
