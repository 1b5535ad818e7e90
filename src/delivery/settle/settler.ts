// Books what has happened: outcomes are settled, how lanes stand remembered, and rows that lost their place in memory
// parked, in groups. While one call runs the next group gathers, and under load each group has a moment to grow: every
// commit costs the disk the same, however much is in it. Nothing is dropped: a call that fails is made again, and until it
// succeeds its deliveries count as in flight.

import type { DueDelivery, StoredLaneHealth, Ledger, Settlement, LaneHealth } from "../../store/ledger.ts";
import type { Epoch } from "../../store/shards.ts";
import type { Lane } from "../lane/lane.ts";
import { type Done, retryUntilDone, type RetryOptions } from "../retry-until-done.ts";
import type { DeliverySettings } from "../settings.ts";

/** An attempt whose outcome waits to be durable. */
export interface FinishedAttempt {
  readonly lane: Lane;
  readonly delivery: DueDelivery;
  readonly settlement: Settlement;
}

export interface Spill {
  readonly lane: Lane;
  readonly deliveries: readonly number[];
  readonly due: number;
}

export interface Settler {
  settle(entry: FinishedAttempt): void;
  spill(spilling: Spill): void;
  /** How the lane stands now, and what time it is. */
  remember(lane: Lane, health: LaneHealth | null): void;
  /** Entries that are not durable yet. */
  open(): number;
  /** The store took no outcomes when it was last asked: what is started now could not be written either. */
  stuck(): boolean;
  /** Resolves when there is nothing left to book. */
  settled(): Promise<void>;
}

export interface SettlerDeps extends RetryOptions {
  readonly ledger: Pick<Ledger, "settle" | "spill" | "remember">;
  readonly epoch: () => Epoch;
  /** Engine time, epoch ms. */
  readonly now: () => number;
  readonly settings: Pick<DeliverySettings, "settleEveryMs" | "settleAtOnce">;
  readonly onSettled: (entries: readonly FinishedAttempt[]) => void;
  readonly onSpilled: (spilling: Spill) => void;
  /** Ownership was lost, or a programming error: nothing can be booked any more. */
  readonly onFailed: (error: unknown) => void;
}

const nothing: Done<void> = { done: true, result: undefined };

export function createSettler(deps: SettlerDeps): Settler {
  const { ledger, epoch, clock, settings } = deps;
  let entries: FinishedAttempt[] = [];
  let spills: Spill[] = [];
  let healths = new Map<number, StoredLaneHealth>();
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

  function settleEntries(settling: readonly FinishedAttempt[]): Promise<Done<void>> {
    const settlements = settling.map(({ settlement }) => settlement);
    const complaint = "Outcomes of attempts could not be written; trying again. Nothing is started meanwhile.";
    return retryUntilDone(() => settle(settlements), complaint, deps);
  }

  function storeHealth(given: readonly StoredLaneHealth[]): Promise<Done<void>> {
    const complaint = "How lanes stand could not be written; trying again.";
    return retryUntilDone(() => ledger.remember(epoch(), deps.now(), given), complaint, deps);
  }

  /** Groups begin at least `settleEveryMs` apart, unless one is large before that. Where little happens, none waits. */
  async function grow(): Promise<void> {
    const wait = lastAt + settings.settleEveryMs - clock.monotonic();
    if (wait > 0 && entries.length < settings.settleAtOnce) {
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

  async function settleAll(): Promise<void> {
    while (entries.length > 0 || spills.length > 0 || healths.size > 0) {
      await grow();
      const [settling, spilling, health] = [entries, spills, healths];
      [entries, spills, healths] = [[], [], new Map()];
      // Asked in one turn, so that as a rule one commit takes an outcome and what it says of its lane. A kill between the
      // two costs the lane what it knew of its receiver, and no delivery.
      const settled = settling.length === 0 ? nothing : settleEntries(settling);
      const remembered = health.size === 0 ? nothing : storeHealth([...health.values()]);
      for (const { done } of await Promise.all([settled, remembered])) if (!done) return;
      open -= settling.length;
      if (settling.length > 0) deps.onSettled(settling);
      for (const each of spilling) {
        const { done } = await retryUntilDone(
          () => ledger.spill(epoch(), each.deliveries, each.due),
          "Deliveries could not be parked; trying again.",
          deps,
        );
        if (!done) return;
        deps.onSpilled(each);
      }
    }
    // Here and not after the promise: what comes between the two must start a new run.
    busy = false;
  }

  function start(): void {
    if (busy) return;
    busy = true;
    // One turn later, so that outcomes which come together are booked together.
    run = Promise.resolve().then(settleAll).catch(deps.onFailed);
  }

  return {
    settle(entry) {
      entries.push(entry);
      open++;
      if (entries.length >= settings.settleAtOnce) full?.();
      start();
    },
    spill(spilling) {
      spills.push(spilling);
      start();
    },
    remember(lane, health) {
      healths.set(lane.number, { lane: lane.number, organization: lane.organization.id, health });
      start();
    },
    open: () => open,
    stuck: () => stuck,
    async settled() {
      for (let last: Promise<void> | null = null; last !== run; ) await (last = run);
    },
  };
}
