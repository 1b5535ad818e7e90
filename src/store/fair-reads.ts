// Reads of the history in turn: few run at once, and the time of whatever runs them is shared out among the organizations. So
// whoever asks for much waits for itself, and what the server asks for its own sake waits for a few short reads at most. Knows
// nothing of what a read is: each store uses it.

import type { Clock } from "../clock.ts";

export interface FairReads {
  /** Runs a read when it is this organization's turn. null: the server asks itself, and is next. `goesOn`: it is another slice of
   * something begun, which comes before what its organization has not begun. */
  inTurn<Result>(organization: string | null, read: () => Promise<Result>, goesOn?: boolean): Promise<Result>;
}

/** Of a thread: one runs, the others wait behind it. Answers are heard once in a turn of the event loop, so where turns are long fewer leave the
 * thread idle, and whoever asks for little waits. */
const mostOfAll = 4;

/** The next turn has who has had least of the time. Whoever comes new, or comes again, begins with what the last turn
 * began with: neither late for what it once had, nor early for what it never asked for [start-time fair queueing].
 * `runs`: a thread works on one read after another, connections on several side by side. */
export function createFairReads(
  clock: Pick<Clock, "monotonic">,
  mostAtOnce = mostOfAll,
  runs: "one after another" | "side by side" = "one after another",
): FairReads {
  /** Starts of reads by organization; one that was served goes to the end, which decides between equals. */
  const waiting = new Map<string | null, (() => void)[]>();
  /** ms that organizations have had; only of those who are ahead of `begun`. */
  const had = new Map<string | null, number>();
  let begun = 0;
  let running = 0;
  let lastEnd = 0;

  const hadBy = (organization: string | null): number => Math.max(had.get(organization) ?? 0, begun);

  const wait = (organization: string | null, goesOn: boolean): Promise<void> =>
    new Promise((start) => {
      const queue = waiting.get(organization);
      if (queue === undefined) waiting.set(organization, [start]);
      else if (goesOn) queue.unshift(start);
      else queue.push(start);
    });

  const choose = (): string | null => {
    let least: string | null = null;
    for (const organization of waiting.keys()) {
      if (organization === null) return null;
      if (least === null || hadBy(organization) < hadBy(least)) least = organization;
    }
    return least;
  };

  const next = (): void => {
    if (waiting.size === 0) {
      running--;
      return;
    }
    const organization = choose();
    const queue = waiting.get(organization)!;
    const start = queue.shift()!;
    waiting.delete(organization);
    if (queue.length > 0) waiting.set(organization, queue);
    begun = hadBy(organization);
    start();
  };

  /** A thread answers in the order in which it was asked, so a read has had it since the answer before its own. */
  const charge = (organization: string | null, askedAt: number): void => {
    const now = clock.monotonic();
    const begin = runs === "side by side" ? askedAt : Math.max(askedAt, lastEnd);
    had.set(organization, hadBy(organization) + now - begin);
    lastEnd = now;
    for (const [each, ms] of had) if (ms <= begun) had.delete(each);
  };

  return {
    async inTurn(organization, read, goesOn = false) {
      if (running >= mostAtOnce) await wait(organization, goesOn);
      else {
        running++;
        begun = hadBy(organization);
      }
      const askedAt = clock.monotonic();
      try {
        return await read();
      } finally {
        charge(organization, askedAt);
        // The next one takes the place over, in another turn of the event loop: an answer that came while this one was worked on
        // would be heard in the same turn, and nobody else would be served until all that wait are.
        if (waiting.size > 0) setImmediate(next);
        else running--;
      }
    },
  };
}
