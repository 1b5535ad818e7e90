// Reads of the history in turn: few are at the thread that reads, and the organizations take turns for them. So whoever asks for
// much waits for itself, and what the server asks for its own sake waits for two short reads at most.

export interface FairReads {
  /** Runs a read when it is this organization's turn. null: the server asks itself, and is next. */
  inTurn<Result>(organization: string | null, read: () => Promise<Result>): Promise<Result>;
}

/** One runs, one waits behind it, so that the thread is never idle between two. */
const mostAtOnce = 2;

export function createFairReads(): FairReads {
  /** Starts of reads by organization; one that was served goes to the end. */
  const waiting = new Map<string | null, (() => void)[]>();
  let running = 0;

  const next = (): void => {
    const [organization, queue] = waiting.has(null)
      ? ([null, waiting.get(null)!] as const)
      : (waiting.entries().next().value ?? []);
    if (organization === undefined || queue === undefined) {
      running--;
      return;
    }
    const start = queue.shift()!;
    waiting.delete(organization);
    if (queue.length > 0) waiting.set(organization, queue);
    start();
  };

  return {
    async inTurn(organization, read) {
      if (running >= mostAtOnce) {
        await new Promise<void>((start) => {
          const queue = waiting.get(organization);
          if (queue === undefined) waiting.set(organization, [start]);
          else queue.push(start);
        });
      } else running++;
      try {
        return await read();
      } finally {
        // The next one takes the place over, in another turn of the event loop: an answer that came while this one was worked on
        // would be heard in the same turn, and nobody else would be served until all that wait are.
        if (waiting.size > 0) setImmediate(next);
        else running--;
      }
    },
  };
}
