// Feeds the simulated house's observations to a server: all that were sensed until now as fast as it takes them, and from then on
// at the speed of life, since a sensor cannot see the future.

import type { Clock } from "../../clock.ts";
import { waitFor } from "../waiting.ts";

export interface Feed<Observation extends { readonly at: number }> {
  readonly observations: Iterator<Observation>;
  readonly clock: Clock;
  /** Sends one batch, oldest first. */
  readonly send: (batch: readonly Observation[]) => Promise<void>;
  readonly stopped: AbortSignal;
}

export interface Feeding {
  /** Sends what was sensed until now and not sent yet. Throws what `send` throws. */
  catchUp(): Promise<void>;
  /** Goes on until stopped. */
  run(): Promise<void>;
}

const beatMs = 200;
const largestBatch = 4_000;

export function createFeed<Observation extends { readonly at: number }>(feed: Feed<Observation>): Feeding {
  const { observations, clock, send, stopped } = feed;
  let next = observations.next();

  const catchUp = async (): Promise<void> => {
    const until = clock.now();
    while (!stopped.aborted && !next.done && next.value.at <= until) {
      const batch: Observation[] = [];
      while (!next.done && next.value.at <= until && batch.length < largestBatch) {
        batch.push(next.value);
        next = observations.next();
      }
      await send(batch);
    }
  };

  return {
    catchUp,
    async run() {
      while (!stopped.aborted && !next.done) {
        await catchUp();
        await waitFor(clock, beatMs, stopped);
      }
    },
  };
}
