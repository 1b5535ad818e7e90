// What other nodes have accepted for what is owned here: looked for several times a second, and at once after a hint. Where nothing
// was written a look is one read.

import type { Cancel, Clock, Random } from "../clock.ts";
import type { DeliveryClass } from "../model/delivery.ts";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import type { Ledger } from "../store/ledger.ts";
import type { NodeStore, Progress } from "../store/nodes.ts";
import { OwnershipLost } from "../store/ownership.ts";
import type { Epoch } from "../store/shards.ts";

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
  readonly store: Pick<NodeStore, "progress">;
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

export function createArrivals(deps: ArrivalsDeps): Arrivals {
  const { ledger, store, clock, log } = deps;
  const positions = new WeakMap<Epoch, number>();
  let last: Progress = { deliveries: 0, observations: 0, calls: 0 };
  let movedAt = { deliveries: clock.monotonic(), observations: clock.monotonic() };
  let doneAt = clock.monotonic();
  let running = false;
  let cancel: Cancel | null = null;
  let looking: Promise<void> | null = null;
  let again = false;
  let failed = 0;

  async function step(): Promise<void> {
    const at = clock.monotonic();
    const now = await store.progress();
    if (now.calls !== last.calls) deps.onCalls();
    if (now.deliveries !== last.deliveries) {
      movedAt = { ...movedAt, deliveries: at };
      deps.onDeliveries();
    }
    if (now.observations !== last.observations) movedAt = { ...movedAt, observations: at };
    last = now;
    const isNews = at - movedAt.deliveries < unsureMs;
    const isHeard = at - movedAt.observations < unsureMs;
    const reads: Promise<void>[] = [];
    if (deps.isAlone()) return void (doneAt = at);
    for (const owner of deps.owners()) {
      if (isHeard) owner.wake(now.observations);
      if (isNews) reads.push(read(owner));
    }
    await Promise.all(reads);
    doneAt = at;
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

  async function tryStep(): Promise<void> {
    again = false;
    try {
      await step();
      if (failed > 0) log.info("arrivals.read", {}, "What other nodes accept is read again.");
      failed = 0;
    } catch (err) {
      if (failed++ === 0)
        log.warn("arrivals.not_read", { err }, "What other nodes accept cannot be read. Trying again.");
    }
  }

  function look(): void {
    if (!running) return;
    if (looking !== null) return void (again = true);
    cancel?.();
    looking = tryStep().finally(() => {
      looking = null;
      if (!running) return;
      cancel = clock.after(again && failed === 0 ? 5 : deps.everyMs * (0.75 + deps.random.fraction() / 2), look);
    });
  }

  return {
    hurry: look,
    ageMs: () => clock.monotonic() - doneAt,
    async start() {
      running = true;
      look();
    },
    async stop() {
      running = false;
      cancel?.();
      await looking;
    },
  };
}
