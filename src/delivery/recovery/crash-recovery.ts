// The care that follows an unclean stop, when any of the attempts that were under way may have been what ended the
// process. They are noted in the store before they begin, one at a time in a lane. Those that were noted when a process
// ended are suspects: the next start tries each of them apart, before anything else goes on, so that an end then convicts
// that one and no other. What was accepted since the start needs no care.

import type { DueDelivery, Ledger } from "../../store/ledger.ts";
import type { Lane } from "../lane/lane.ts";
import { persevere, type Perseverance } from "../retry-until-done.ts";

export interface Caution {
  /** Whether this attempt must be made with care. To be asked once for each. */
  concerns(lane: Lane, delivery: DueDelivery): boolean;
  /** Resolves when the attempt may begin; false: never. Its lane starts nothing else until it is over. */
  admit(lane: Lane, delivery: number): Promise<boolean>;
  /** Resolves when an admitted attempt is over, or has run for so long that it ends nothing. */
  cleared(delivery: number): Promise<void>;
  /** The attempt, made with care or not, is over. */
  over(lane: Lane, delivery: number): void;
  /** The attempt was not made after all. */
  notMade(lane: Lane, delivery: number): void;
}

export interface CautionDeps extends Perseverance {
  readonly ledger: Pick<Ledger, "suspect" | "acquit">;
  readonly epoch: () => number;
  /** What ends a process does so within this time, ms: an attempt that takes longer is no suspect any more. */
  readonly slowMs: number;
  /** Deliveries that were noted when the process before this one ended. */
  readonly suspects: readonly number[];
  /** The last delivery that was there before the start. */
  readonly upTo: number;
  readonly onFailed: (error: unknown) => void;
}

/** Attempts that a lane may have had under way, by kind of work. They were at the head of their queue, and still are but
 * for those that were accepted in the same moment. */
interface Left {
  firsts: number;
  retries: number;
}

export function createCaution(deps: CautionDeps): Caution {
  const { ledger, epoch, clock } = deps;
  const suspects = new Set(deps.suspects);
  const left = new Map<Lane, Left>();
  const watched = new Map<number, PromiseWithResolvers<void>>();

  const leftOf = (lane: Lane): Left => {
    let found = left.get(lane);
    if (found === undefined) left.set(lane, (found = { firsts: 2 * lane.cap, retries: 2 * lane.cap }));
    return found;
  };

  function watch(delivery: number): void {
    const watch = Promise.withResolvers<void>();
    watched.set(delivery, watch);
    const cancel = clock.after(deps.slowMs, () => {
      watch.resolve();
      watched.delete(delivery);
      const complaint = "An attempt that ended nothing could not be acquitted; trying again.";
      void persevere(() => ledger.acquit(epoch(), [delivery]), complaint, deps).catch(deps.onFailed);
    });
    void watch.promise.then(cancel);
  }

  function over(lane: Lane, delivery: number): void {
    if (lane.careful === delivery) lane.careful = null;
    watched.get(delivery)?.resolve();
    watched.delete(delivery);
  }

  return {
    concerns(lane, { number, attempts }) {
      if (suspects.has(number)) return true;
      if (number > deps.upTo) return false;
      const of = leftOf(lane);
      return attempts === 0 ? of.firsts-- > 0 : of.retries-- > 0;
    },
    async admit(lane, delivery) {
      lane.careful = delivery;
      // One for which there was no time apart, or that was not made, is noted still, and a second note would convict it
      // without need.
      const complaint = "An attempt could not be noted before it begins; trying again.";
      const noted =
        suspects.delete(delivery) || (await persevere(() => ledger.suspect(epoch(), [delivery]), complaint, deps)).done;
      if (noted) watch(delivery);
      return noted;
    },
    cleared: (delivery) => watched.get(delivery)?.promise ?? Promise.resolve(),
    over,
    notMade(lane, delivery) {
      // Its note stands.
      if (watched.has(delivery)) suspects.add(delivery);
      over(lane, delivery);
    },
  };
}
