// The back-off of lanes whose receivers fail or ask Belfry to wait, and since when, kept in the store, where it outlives a
// restart: one row for every lane that backs off or fails for long, none while all is well.

import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../clock.ts";
import type { Failing } from "../../model/lane.ts";
import { stateOf, type Subscription } from "../../model/subscription.ts";
import type { LaneHealth } from "../../store/ownership.ts";
import { forgetPace, startNow } from "./throttle.ts";
import { type BreakerRule, closed, probeNow, restored } from "./breaker.ts";
import { backsOffUntil, isBackingOff, type Lane } from "./lane.ts";

export interface LaneHealthStore {
  /** The back-off of the lane may have changed. */
  persist(lane: Lane): void;
  /** Takes up what the owner before stored. */
  restore(lane: Lane, health: LaneHealth): void;
  /** The subscription of the lane was changed: its receiver may be another one, or fixed. */
  onChanged(lane: Lane, before: Subscription): void;
  /** Ends the wait for the receiver, if there is one; an open breaker stays open, with its next probe at once. Returns whether
   * there was one. */
  open(lane: Lane): boolean;
}

export interface LaneHealthDeps {
  readonly clock: Clock;
  readonly now: () => number;
  readonly settings: BreakerRule & { readonly unloadMs: number; readonly retryAfterMostMs: number };
  readonly remember: (lane: Lane, health: LaneHealth | null) => void;
}

/** Times that differ by less are the same, ms. */
const sameMs = 1_000;

export function createLaneHealth({ clock, now, settings, remember }: LaneHealthDeps): LaneHealthStore {
  const healthOf = (lane: Lane, monotonic: number): LaneHealth | null => {
    const wait = backsOffUntil(lane) - monotonic;
    const { breaker, lastFailure, failing } = lane;
    const failsLong = failing !== null && now() - failing.since >= settings.unloadMs;
    if (!breaker.open && wait < settings.unloadMs && !failsLong) return null;
    return { failures: breaker.failures, until: wait > 0 ? now() + Math.ceil(wait) : 0, lastFailure, failing };
  };

  function persist(lane: Lane): void {
    const health = healthOf(lane, clock.monotonic());
    if (lane.subscription === null || isSame(health, lane.storedHealth)) return;
    lane.storedHealth = health;
    remember(lane, health);
  }

  return {
    persist,
    restore(lane, health) {
      const at = now();
      lane.storedHealth = health;
      const { lastFailure } = health;
      // A wall clock that was set back since the failure makes no wait longer than it was then.
      const from = Math.max(at, lastFailure?.at ?? at);
      lane.lastFailure = lastFailure === null ? null : { ...lastFailure, at: Math.min(lastFailure.at, at) };
      lane.pausedUntil = clock.monotonic() + Math.min(health.until - from, settings.retryAfterMostMs);
      lane.breaker = restored(health.failures, lane.pausedUntil, settings);
      lane.hasBackedOff = lane.breaker.open || health.until > 0;
      lane.failing = failingOf(health, lane.subscription, at);
      persist(lane);
    },
    onChanged(lane, before) {
      const { subscription } = lane;
      if (subscription === null || subscription.updatedAt === before.updatedAt) return;
      const isReplaced = !isDeepStrictEqual(subscription.endpoint, before.endpoint);
      const isEnabled = stateOf(subscription) === "active" && stateOf(before) !== "active";
      if (isReplaced || isEnabled) {
        lane.endpointChanges++;
        lane.pausedUntil = -Infinity;
        lane.failing = null;
        forgetPace(lane);
      } else if (lane.failing !== null && subscription.lane.autoDisableMs !== before.lane.autoDisableMs) {
        lane.failing = { ...lane.failing, told: 0 };
      }
      lane.breaker = probeNow(lane.breaker);
      if (subscription.endpoint.url !== before.endpoint.url) [lane.breaker, lane.lastFailure] = [closed, null];
      persist(lane);
    },
    open(lane) {
      const at = clock.monotonic();
      if (lane.barred || !isBackingOff(lane, at)) return false;
      lane.lastHeldUpAt = at;
      lane.pausedUntil = -Infinity;
      startNow(lane);
      lane.breaker = probeNow(lane.breaker);
      persist(lane);
      return true;
    },
  };
}

/** A change of the subscription after its last failure may have begun the time anew, and that may not have been written. */
function failingOf(
  { failing, lastFailure }: LaneHealth,
  subscription: Subscription | null,
  at: number,
): Failing | null {
  if (failing === null || (lastFailure !== null && (subscription?.updatedAt ?? 0) > lastFailure.at)) return null;
  return { ...failing, since: Math.min(failing.since, at) };
}

function isSame(a: LaneHealth | null, b: LaneHealth | null): boolean {
  if (a === null || b === null) return a === b;
  const isAsLong = a.failing?.attempts === b.failing?.attempts && a.failing?.told === b.failing?.told;
  return isAsLong && a.failures === b.failures && Math.abs(a.until - b.until) < sameMs;
}
