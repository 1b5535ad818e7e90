// Books what has happened: outcomes are settled, how lanes stand remembered, and rows that lost their place in memory
// parked, in groups. While one call runs the next group gathers, and under load each group has a moment to grow: every
// commit costs the disk the same, however much is in it. Nothing is dropped: a call that fails is made again, and until it
// succeeds its deliveries count as in flight.

import type { DueDelivery, LaneStanding, Ledger, Settlement, Standing } from "../../store/ledger.ts";
import type { Lane } from "../lane/lane.ts";
import { type Done, persevere, type Perseverance } from "../retry-until-done.ts";
import type { DeliverySettings } from "../settings.ts";

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
  /** How the lane stands now, and what time it is. */
  remember(lane: Lane, standing: Standing | null): void;
  /** Entries that are not durable yet. */
  open(): number;
  /** The store took no outcomes when it was last asked: what is started now could not be written either. */
  stuck(): boolean;
  /** Resolves when there is nothing left to book. */
  settled(): Promise<void>;
}

export interface BooksDeps extends Perseverance {
  readonly ledger: Pick<Ledger, "settle" | "park" | "remember">;
  readonly epoch: () => number;
  /** Engine time, epoch ms. */
  readonly now: () => number;
  readonly settings: Pick<DeliverySettings, "bookEveryMs" | "bookAtOnce">;
  readonly onSettled: (entries: readonly Entry[]) => void;
  readonly onParked: (parking: Parking) => void;
  /** Ownership was lost, or a programming error: nothing can be booked any more. */
  readonly onFailed: (error: unknown) => void;
}

const nothing: Done<void> = { done: true, result: undefined };

export function createBooks(deps: BooksDeps): Books {
  const { ledger, epoch, clock, settings } = deps;
  let entries: Entry[] = [];
  let parkings: Parking[] = [];
  let standings = new Map<number, LaneStanding>();
  let open = 0;
  let stuck = false;
  let busy = false;
  let run: Promise<void> = Promise.resolve();
  let lastAt = -Infinity;
  /** Ends the moment in which a group grows. */
  let full: (() => void) | null = null;

  /** One try. */
  async function settle(settlements: readonly Settlement[]): Promise<void> {
    try {
      await ledger.settle(epoch(), settlements);
      stuck = false;
    } catch (error) {
      stuck = true;
      throw error;
    }
  }

  function settleAll(settling: readonly Entry[]): Promise<Done<void>> {
    const settlements = settling.map(({ settlement }) => settlement);
    const complaint = "Outcomes of attempts could not be written; trying again. Nothing is started meanwhile.";
    return persevere(() => settle(settlements), complaint, deps);
  }

  function rememberAll(given: readonly LaneStanding[]): Promise<Done<void>> {
    const complaint = "How lanes stand could not be written; trying again.";
    return persevere(() => ledger.remember(epoch(), deps.now(), given), complaint, deps);
  }

  /** Groups begin at least `bookEveryMs` apart, unless one is large before that. Where little happens, none waits. */
  async function grow(): Promise<void> {
    const wait = lastAt + settings.bookEveryMs - clock.monotonic();
    if (wait > 0 && entries.length < settings.bookAtOnce) {
      await new Promise<void>((resolve) => {
        const cancel = clock.after(wait, resolve);
        full = () => {
          cancel();
          resolve();
        };
      });
      full = null;
    }
    lastAt = clock.monotonic();
  }

  async function bookAll(): Promise<void> {
    while (entries.length > 0 || parkings.length > 0 || standings.size > 0) {
      await grow();
      const [settling, parking, standing] = [entries, parkings, standings];
      [entries, parkings, standings] = [[], [], new Map()];
      // Asked in one turn, so that as a rule one commit takes an outcome and what it says of its lane. A kill between the
      // two costs the lane what it knew of its receiver, and no delivery.
      const settled = settling.length === 0 ? nothing : settleAll(settling);
      const remembered = standing.size === 0 ? nothing : rememberAll([...standing.values()]);
      for (const { done } of await Promise.all([settled, remembered])) if (!done) return;
      open -= settling.length;
      if (settling.length > 0) deps.onSettled(settling);
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
      if (entries.length >= settings.bookAtOnce) full?.();
      start();
    },
    park(parking) {
      parkings.push(parking);
      start();
    },
    remember(lane, standing) {
      standings.set(lane.number, { lane: lane.number, organization: lane.share.organization, standing });
      start();
    },
    open: () => open,
    stuck: () => stuck,
    async settled() {
      for (let last: Promise<void> | null = null; last !== run; ) await (last = run);
    },
  };
}
