// Says, a day before, that what is held for a paused or disabled subscription begins to reach the end of its retention, so that
// somebody can still resume it. Reads only; the retention itself is retention.ts.

import type { Clock } from "../../clock.ts";
import type { Log } from "../../log.ts";
import type { EngineEvents } from "../../model/engine-events.ts";
import { holdsDeliveries, stateOf, type Subscription } from "../../model/subscription.ts";
import type { Service } from "../../service.ts";
import type { ExpiringLane, History } from "../../store/history.ts";
import { createBackgroundLoop } from "../background-loop.ts";

export interface HeldExpiringDeps {
  readonly history: Pick<History, "expiring">;
  readonly subscriptions: { get(lane: number): Subscription | undefined };
  readonly clock: Clock;
  readonly log: Log;
  /** How long events are kept, ms, by organizations without a time of their own; and by those with one. */
  readonly eventsMs: number;
  readonly own?: () => Promise<ReadonlyMap<string, { readonly events?: number }>>;
  readonly events: Pick<EngineEvents, "heldExpiring">;
}

const hour = 3_600_000;
const day = 24 * hour;

/** So long before the end of the retention, ms; where events are kept for less than two days, in the middle of it. */
const leadOf = (keptMs: number): number => Math.min(day, keptMs / 2);

export function createHeldExpiring(deps: HeldExpiringDeps): Service {
  const { history, clock, log, eventsMs, own = async () => new Map() } = deps;
  const everyMs = Math.min(hour, leadOf(eventsMs) / 4);
  /** By lane: monotonic ms at which it was told last. */
  const told = new Map<number, number>();
  let running = false;
  let after = 0;
  let keptMs: ReadonlyMap<string, number> = new Map();
  /** Times of this round that are not looked at yet, the one at hand first: what one organization keeps is not another's. */
  let times: number[] = [];
  let found = new Map<number, ExpiringLane>();

  async function step(): Promise<number> {
    if (times.length === 0) await beginRound();
    const [ms] = times as [number];
    const slice = await history.expiring(clock.now() - ms + leadOf(ms), after);
    for (const each of slice.lanes) {
      if (keptOf(each.lane) === ms) found.set(each.lane, join(found.get(each.lane), each));
    }
    after = slice.after ?? 0;
    if (slice.after === null) times.shift();
    if (times.length > 0) return 0;
    for (const lane of told.keys()) if (!found.has(lane)) told.delete(lane);
    for (const each of found.values()) tell(each);
    found = new Map();
    return everyMs;
  }

  async function beginRound(): Promise<void> {
    const all = [...(await own())].flatMap(([id, { events }]) => (events === undefined ? [] : [[id, events] as const]));
    keptMs = new Map(all);
    times = [...new Set([eventsMs, ...keptMs.values()])];
  }

  const keptOf = (lane: number): number => keptMs.get(deps.subscriptions.get(lane)?.organization ?? "") ?? eventsMs;

  function tell({ lane, deliveries, oldest }: ExpiringLane): void {
    const subscription = deps.subscriptions.get(lane);
    if (subscription === undefined || !holdsDeliveries(stateOf(subscription))) return void told.delete(lane);
    const now = clock.monotonic();
    const ms = keptOf(lane);
    if (now - (told.get(lane) ?? -Infinity) < leadOf(ms)) return;
    told.set(lane, now);
    deps.events.heldExpiring?.(subscription, { deliveries, expiresAt: oldest + ms });
  }

  const loop = createBackgroundLoop(step, "What is held and about to expire could not be read. Trying again later.", {
    clock,
    log,
    backoffMs: { first: 1_000, most: hour },
    keepTrying: () => running,
    onFailed: () => (running = false),
  });

  return {
    start() {
      running = true;
      loop.wake();
      return Promise.resolve();
    },
    stop() {
      running = false;
      loop.hurry();
      return loop.idle();
    },
  };
}

const join = (a: ExpiringLane | undefined, b: ExpiringLane): ExpiringLane =>
  a === undefined ? b : { ...b, deliveries: a.deliveries + b.deliveries, oldest: Math.min(a.oldest, b.oldest) };
