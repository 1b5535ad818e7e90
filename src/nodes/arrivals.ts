// What other nodes have accepted for what is owned here: looked for several times a second, and at once after a hint. Where nothing
// was written a look is one read.

import type { Clock, Random } from "../clock.ts";
import type { DeliveryClass } from "../model/delivery.ts";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import type { Ledger } from "../store/ledger.ts";
import type { NodeStore, Progress } from "../store/nodes.ts";
import { OwnershipLost } from "../store/ownership.ts";
import type { Epoch } from "../store/shards.ts";
import { createLooking } from "./looking.ts";

/** An owner as those who look for it see it. */
export interface ArrivalsOwner {
  /** Under which it reads, and the number of the last delivery that it knew of at its beginning; null: it does not run. */
  owns(): { readonly epoch: Epoch; readonly upTo: number } | null;
  readLater(lane: number, deliveryClass: DeliveryClass, due: number): void;
  /** The subscription of the lane is not known here. */
  isUnknown(lane: number): boolean;
  removed(lane: number): void;
  /** The observation log reaches up to there. */
  wake(position: number): void;
}

export interface ArrivalsDeps {
  readonly ledger: Pick<Ledger, "readArrivals">;
  readonly store: Pick<NodeStore, "progress" | "observed">;
  readonly owners: () => Iterable<ArrivalsOwner>;
  /** No other node has accepted anything for long. */
  readonly isAlone: () => boolean;
  /** Resolves once all changes of subscriptions are known that were written before. */
  readonly caughtUp: () => Promise<void>;
  readonly onCalls: () => void;
  /** Deliveries were written, by whomever. */
  readonly onDeliveries: () => void;
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly log: Log;
  readonly everyMs: number;
}

export interface Arrivals extends Service {
  hurry(): void;
  /** Everything is read that others wrote so long ago, ms. */
  ageMs(): number;
}

/** A number may have been given out to what is written a moment later: so long is looked again, ms. No write takes longer. */
const unsureMs = 20_000;
/** Numbers of observations tell the time: so many for each ms, at most. */
const numbersPerMs = 4_096;

export function createArrivals(deps: ArrivalsDeps): Arrivals {
  const { ledger, store, clock, log } = deps;
  const positions = new WeakMap<Epoch, number>();
  let last: Progress = { deliveries: 0, observations: 0, calls: 0 };
  let movedAt = clock.monotonic();
  /** All observations up to there were told. */
  let heard: number | null = null;
  let doneAt = clock.monotonic();

  async function step(): Promise<void> {
    const at = clock.monotonic();
    const now = await store.progress();
    if (now.calls !== last.calls) deps.onCalls();
    if (now.deliveries !== last.deliveries) {
      movedAt = at;
      deps.onDeliveries();
    }
    last = now;
    if (!deps.isAlone()) {
      if (at - movedAt < unsureMs) await Promise.all([...deps.owners()].map(read));
      await hear(now.observations);
    }
    doneAt = at;
  }

  /** `given`: the number that was given out last. It may be of a write that is not done yet, or that has failed. */
  async function hear(given: number): Promise<void> {
    heard ??= Math.max(given - unsureMs * numbersPerMs, 0);
    if (given <= heard) return;
    const observed = await store.observed(heard);
    for (const owner of deps.owners()) {
      const shards = owner.owns()?.epoch.shards ?? [];
      const own = observed.filter(({ shard }) => shards === "all" || shards.includes(shard));
      if (own.length > 0) owner.wake(Math.max(...own.map(({ position }) => position)));
    }
    for (const { position } of observed) heard = Math.max(heard, position);
  }

  async function read(owner: ArrivalsOwner): Promise<void> {
    const owns = owner.owns();
    if (owns === null) return;
    const { epoch } = owns;
    try {
      const { lanes, upTo } = await ledger.readArrivals(epoch, positions.get(epoch) ?? owns.upTo);
      if (lanes.some(({ lane }) => owner.isUnknown(lane))) await deps.caughtUp();
      for (const { lane, class: of, nextDue } of lanes) {
        // What nobody knows after all changes were read was removed meanwhile.
        if (owner.isUnknown(lane)) owner.removed(lane);
        else owner.readLater(lane, of, nextDue);
      }
      positions.set(epoch, upTo);
    } catch (error) {
      // Its first write will say so as well.
      if (!(error instanceof OwnershipLost)) throw error;
    }
  }

  const { start, stop, hurry } = createLooking(step, {
    ...deps,
    // Hints come together.
    againMs: 5,
    onFailed: (err) => log.warn("arrivals.not_read", { err }, "What other nodes accept cannot be read. Trying again."),
    onBack: () => log.info("arrivals.read", {}, "What other nodes accept is read again."),
  });
  return { start, stop, hurry, ageMs: () => clock.monotonic() - doneAt };
}
