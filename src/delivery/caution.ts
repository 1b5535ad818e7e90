// The care that follows an unclean stop, when any of the attempts that were under way may have been what ended the
// process. Each attempt is noted in the store before it begins, so that one that ends the process again is known; those
// that were noted then already begin one after the other, so that the next end finds one of them and not all.

import type { Ledger } from "../store/ledger.ts";
import { persevere, type Perseverance } from "./persevere.ts";

export interface Caution {
  /** Whether the delivery was noted when the process before this one ended. */
  suspects(delivery: number): boolean;
  /** Resolves when the attempt may begin; false: never. */
  admit(delivery: number): Promise<boolean>;
  /** The attempt is over, or was not made after all. */
  over(delivery: number): void;
}

export interface CautionDeps extends Perseverance {
  readonly ledger: Pick<Ledger, "suspect">;
  readonly epoch: () => number;
  /** An attempt that takes longer, ms, no longer keeps the next one waiting: what ends a process does so soon. */
  readonly slowMs: number;
}

export function createCaution(deps: CautionDeps, noted: readonly number[]): Caution {
  const suspects = new Set(noted);
  const under = new Map<number, () => void>();
  let last: Promise<void> = Promise.resolve();

  /** Waits for the one before; the next one waits for this, until it is over or slow. */
  async function queue(delivery: number): Promise<void> {
    const before = last;
    const { promise, resolve } = Promise.withResolvers<void>();
    last = promise;
    under.set(delivery, resolve);
    await before;
    const cancel = deps.clock.after(deps.slowMs, resolve);
    void promise.then(cancel);
  }

  return {
    suspects: (delivery) => suspects.has(delivery),
    async admit(delivery) {
      if (suspects.delete(delivery)) await queue(delivery);
      const noting = await persevere(
        () => deps.ledger.suspect(deps.epoch(), [delivery]),
        "An attempt could not be noted before it begins; trying again.",
        deps,
      );
      return noting.done;
    },
    over(delivery) {
      under.get(delivery)?.();
      under.delete(delivery);
    },
  };
}
