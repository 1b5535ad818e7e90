// What failed before its lane kept order, or nobody knows when, holds its line: the oldest of each, whatever is due first. The failed
// deliveries of a lane are met once, before it is read in order for the first time.

import { classNumber } from "../../codes.ts";
import { lineOf } from "../../lines.ts";
import type { Transaction } from "../database.ts";
import { beforeAll, candidates, type Place } from "./line-pages.ts";
import type { LineMemory } from "./line-memory.ts";
import { meetInLines } from "./line-state.ts";

export interface FailedMeetings {
  /** Looks at up to `limit` rows of the lane; false: there are more, and nothing may pass before. */
  meet(transaction: Transaction, lane: number, limit: number): Promise<boolean>;
  /** A delivery has failed while its lane kept no order, as far as its owner knew. */
  unsure(lane: number): void;
  reset(): void;
}

/** Up to where the failed deliveries of a lane were met, along their due times. `class`: index of the one at hand. */
interface Met {
  class: number;
  after: Place;
}

/** Those in which a failed delivery waits. */
const failedIn = [classNumber.retry, classNumber.replay];

export function createFailedMeetings(memory: LineMemory): FailedMeetings {
  const met = new Map<number, Met>();
  return {
    async meet(transaction, lane, limit) {
      let at = met.get(lane);
      if (at === undefined) met.set(lane, (at = { class: 0, after: beforeAll }));
      for (let left = limit; at.class < failedIn.length && left > 0; ) {
        const ofClass = failedIn[at.class]!;
        const asked = { lane, class: ofClass, after: at.after, limit: left };
        const [found] = await candidates(transaction, [asked], Number.MAX_SAFE_INTEGER);
        const waiting = found!
          .filter(({ attempts }) => attempts > 0)
          .map(({ again, subject, number }) => ({ lane, line: lineOf(ofClass, again, subject), delivery: number }));
        await meetInLines(transaction, memory, waiting);
        if (found!.length < left) Object.assign(at, { class: at.class + 1, after: beforeAll });
        else at.after = found!.at(-1)!;
        left -= found!.length;
      }
      return at.class === failedIn.length;
    },
    unsure: (lane) => void met.delete(lane),
    reset: () => met.clear(),
  };
}
