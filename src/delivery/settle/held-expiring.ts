// Says, a day before, that what is held for a paused or disabled subscription begins to reach the end of its retention, so that
// somebody can still resume it. Reads only; the retention itself is retention.ts.

import type { Clock } from "../../clock.ts";
import type { Log } from "../../log.ts";
import type { EngineEvents } from "../../model/engine-events.ts";
import { holdsDeliveries, stateOf, type Subscription } from "../../model/subscription.ts";
import type { Service } from "../../service.ts";
import type { ExpiringLane, History } from "../../store/history.ts";
import { createBackgroundService } from "../background-loop.ts";

export interface HeldExpiringDeps {
  readonly history: Pick<History, "expiring">;
  readonly subscriptions: { values(): Iterable<Subscription> };
  readonly clock: Clock;
  readonly log: Log;
  /** How long events of the organization are kept, ms. */
  readonly eventsMs: (organization: string) => Promise<number>;
  readonly events: Pick<EngineEvents, "heldExpiring">;
}

/** Subscriptions that are held, whose events are kept for the same time: they are looked up together. */
interface Group {
  readonly eventsMs: number;
  readonly held: Map<number, Subscription>;
  readonly found: Map<number, ExpiringLane>;
  after: number;
}

const hour = 3_600_000;
const day = 24 * hour;
const everyMs = hour / 4;

/** So long before the end of the retention, ms; where events are kept for less than two days, in the middle of it. */
const leadOf = (eventsMs: number): number => Math.min(day, eventsMs / 2);

export function createHeldExpiring(deps: HeldExpiringDeps): Service {
  const { history, clock, log } = deps;
  /** By lane: monotonic ms at which it was told last. */
  const told = new Map<number, number>();
  /** What is left of this round; null: none has begun. */
  let groups: Group[] | null = null;

  async function begin(): Promise<Group[]> {
    const made = new Map<number, Group>();
    const kept = new Map<string, number>();
    const held = [...deps.subscriptions.values()].filter((each) => holdsDeliveries(stateOf(each)));
    for (const subscription of held) {
      const { organization, number } = subscription;
      const eventsMs = kept.get(organization) ?? (await deps.eventsMs(organization));
      kept.set(organization, eventsMs);
      const group = made.get(eventsMs) ?? { eventsMs, held: new Map(), found: new Map(), after: 0 };
      group.held.set(number, subscription);
      made.set(eventsMs, group);
    }
    const lanes = new Set(held.map(({ number }) => number));
    for (const lane of told.keys()) if (!lanes.has(lane)) told.delete(lane);
    return [...made.values()];
  }

  async function step(): Promise<number> {
    groups ??= await begin();
    const [group] = groups;
    if (group === undefined) {
      groups = null;
      return everyMs;
    }
    const { eventsMs, held, found } = group;
    const { lanes, after } = await history.expiring(clock.now() - eventsMs + leadOf(eventsMs), group.after);
    for (const each of lanes) if (held.has(each.lane)) found.set(each.lane, join(found.get(each.lane), each));
    if (after !== null) group.after = after;
    else {
      for (const [lane, subscription] of held) tell(subscription, found.get(lane), eventsMs);
      groups.shift();
    }
    return 0;
  }

  function tell(subscription: Subscription, found: ExpiringLane | undefined, eventsMs: number): void {
    const { number } = subscription;
    if (found === undefined) return void told.delete(number);
    const now = clock.monotonic();
    if (now - (told.get(number) ?? -Infinity) < leadOf(eventsMs)) return;
    told.set(number, now);
    deps.events.heldExpiring?.(subscription, { deliveries: found.deliveries, expiresAt: found.oldest + eventsMs });
  }

  return createBackgroundService(step, "What is held and about to expire could not be read. Trying again later.", {
    clock,
    log,
    backoffMs: { first: 1_000, most: hour },
  });
}

const join = (a: ExpiringLane | undefined, b: ExpiringLane): ExpiringLane =>
  a === undefined ? b : { ...b, deliveries: a.deliveries + b.deliveries, oldest: Math.min(a.oldest, b.oldest) };
