// How lanes stand with receivers that fail or ask for patience, kept in the store where it outlives a restart: one row
// for every lane that is left alone for long, none while all is well.

import type { Clock } from "../../clock.ts";
import type { Subscription } from "../../model/subscription.ts";
import type { LaneHealth } from "../../store/ledger.ts";
import { type BreakerRule, closed, probeNow, restored } from "./breaker.ts";
import { type Lane, resumesAt } from "./lane.ts";

export interface LaneHealthStore {
  /** Something about the lane's patience may have changed. `parked`: a retry got its due time. */
  persist(lane: Lane, retryDue: boolean): void;
  /** Takes up what the owner before remembered; `now`: epoch ms. */
  restore(lane: Lane, health: LaneHealth, now: number): void;
  /** The subscription of the lane was changed: its receiver may be another one, or mended. */
  onChanged(lane: Lane, before: Subscription): void;
}

export interface LaneHealthDeps {
  readonly clock: Clock;
  readonly now: () => number;
  readonly settings: BreakerRule & { readonly unloadMs: number };
  readonly remember: (lane: Lane, health: LaneHealth | null) => void;
}

/** Due times mean little without knowing which clock they are of: so often, at least, the store is told the time, ms. */
const tellTimeEveryMs = 60_000;
/** Times that differ by less are the same, ms. */
const sameMs = 1_000;

export function createLaneHealth({ clock, now, settings, remember }: LaneHealthDeps): LaneHealthStore {
  let toldAt = -Infinity;

  const healthOf = (lane: Lane, monotonic: number): LaneHealth | null => {
    const wait = resumesAt(lane) - monotonic;
    if (!lane.breaker.open && wait < settings.unloadMs) return null;
    const { breaker, lastFailure } = lane;
    return { failures: breaker.failures, until: now() + Math.max(Math.ceil(wait), 0), lastFailure };
  };

  function persist(lane: Lane, retryDue: boolean): void {
    const monotonic = clock.monotonic();
    const health = healthOf(lane, monotonic);
    const tellTime = retryDue && monotonic - toldAt >= tellTimeEveryMs;
    if (lane.subscription === null || (isSame(health, lane.storedHealth) && !tellTime)) return;
    toldAt = monotonic;
    lane.storedHealth = health;
    remember(lane, health);
  }

  return {
    persist,
    restore(lane, health, at) {
      lane.storedHealth = health;
      lane.lastFailure = health.lastFailure;
      lane.pausedUntil = clock.monotonic() + (health.until - at);
      lane.breaker = restored(health.failures, lane.pausedUntil, settings);
      lane.hasBackedOff = true;
    },
    onChanged(lane, before) {
      if (lane.subscription === null || lane.subscription.updatedAt === before.updatedAt) return;
      if (lane.subscription.endpoint.url === before.endpoint.url) lane.breaker = probeNow(lane.breaker);
      else {
        lane.breaker = closed;
        lane.pausedUntil = -Infinity;
        lane.lastFailure = null;
      }
      persist(lane, false);
    },
  };
}

function isSame(a: LaneHealth | null, b: LaneHealth | null): boolean {
  if (a === null || b === null) return a === b;
  return a.failures === b.failures && Math.abs(a.until - b.until) < sameMs;
}
