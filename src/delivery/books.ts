// Books what has happened: outcomes are settled, and rows that lost their place in memory parked, in groups. While one
// call runs the next group gathers, so the store sets the pace and no timer is needed. Nothing is dropped: a call that
// fails is made again, and until it succeeds its deliveries count as in flight.

import type { DueDelivery, Ledger, Settlement } from "../store/ledger.ts";
import type { Lane } from "./lane.ts";
import { persevere, type Perseverance } from "./persevere.ts";

/** An attempt whose outcome waits to be durable. */
export interface Entry {
  readonly lane: Lane;
  readonly delivery: DueDelivery;
  readonly settlement: Settlement;
}

export interface Parking {
  readonly lane: Lane;
  readonly deliveries: readonly number[];
  readonly due: number;
}

export interface Books {
  settle(entry: Entry): void;
  park(parking: Parking): void;
  /** Entries that are not durable yet. */
  open(): number;
  /** Resolves when there is nothing left to book. */
  settled(): Promise<void>;
}

export interface BooksDeps extends Perseverance {
  readonly ledger: Pick<Ledger, "settle" | "park">;
  readonly epoch: () => number;
  readonly onSettled: (entries: readonly Entry[]) => void;
  readonly onParked: (parking: Parking) => void;
  /** Ownership was lost, or a programming error: nothing can be booked any more. */
  readonly onFailed: (error: unknown) => void;
}

export function createBooks(deps: BooksDeps): Books {
  const { ledger, epoch } = deps;
  let entries: Entry[] = [];
  let parkings: Parking[] = [];
  let open = 0;
  let busy = false;
  let run: Promise<void> = Promise.resolve();

  async function bookAll(): Promise<void> {
    while (entries.length > 0 || parkings.length > 0) {
      const [settling, parking] = [entries, parkings];
      [entries, parkings] = [[], []];
      if (settling.length > 0) {
        const settlements = settling.map(({ settlement }) => settlement);
        const { done } = await persevere(
          () => ledger.settle(epoch(), settlements),
          "Outcomes of attempts could not be written; trying again. Nothing is sent twice meanwhile.",
          deps,
        );
        if (!done) return;
        open -= settling.length;
        deps.onSettled(settling);
      }
      for (const each of parking) {
        const { done } = await persevere(
          () => ledger.park(epoch(), each.deliveries, each.due),
          "Deliveries could not be parked; trying again.",
          deps,
        );
        if (!done) return;
        deps.onParked(each);
      }
    }
    // Here and not after the promise: what comes between the two must start a new run.
    busy = false;
  }

  function start(): void {
    if (busy) return;
    busy = true;
    // One turn later, so that outcomes which come together are booked together.
    run = Promise.resolve().then(bookAll).catch(deps.onFailed);
  }

  return {
    settle(entry) {
      entries.push(entry);
      open++;
      start();
    },
    park(parking) {
      parkings.push(parking);
      start();
    },
    open: () => open,
    async settled() {
      for (let last: Promise<void> | null = null; last !== run; ) await (last = run);
    },
  };
}
