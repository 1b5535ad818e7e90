// How lanes stand with receivers that fail or ask for patience, kept in the store where it outlives a restart: one row
// for every lane that is left alone for long, none while all is well.

import type { Clock } from "../../clock.ts";
import type { Subscription } from "../../model/subscription.ts";
import type { Standing } from "../../store/ledger.ts";
import { type BreakerRule, closed, hurried, recalled } from "./breaker.ts";
import { type Lane, resumesAt } from "./lane.ts";

export interface Standings {
  /** Something about the lane's patience may have changed. `parked`: a retry got its due time. */
  keep(lane: Lane, parked: boolean): void;
  /** Takes up what the owner before remembered; `now`: epoch ms. */
  recall(lane: Lane, standing: Standing, now: number): void;
  /** The subscription of the lane was changed: its receiver may be another one, or mended. */
  changed(lane: Lane, before: Subscription): void;
}

export interface StandingsDeps {
  readonly clock: Clock;
  readonly now: () => number;
  readonly settings: BreakerRule & { readonly evictMs: number };
  readonly remember: (lane: Lane, standing: Standing | null) => void;
}

/** Due times mean little without knowing which clock they are of: so often, at least, the store is told the time, ms. */
const tellTimeEveryMs = 60_000;
/** Times that differ by less are the same, ms. */
const sameMs = 1_000;

export function createStandings({ clock, now, settings, remember }: StandingsDeps): Standings {
  let toldAt = -Infinity;

  const standingOf = (lane: Lane, monotonic: number): Standing | null => {
    const wait = resumesAt(lane) - monotonic;
    if (!lane.breaker.open && wait < settings.evictMs) return null;
    const { breaker, lastFailure } = lane;
    return { failures: breaker.failures, until: now() + Math.max(Math.ceil(wait), 0), lastFailure };
  };

  function keep(lane: Lane, parked: boolean): void {
    const monotonic = clock.monotonic();
    const standing = standingOf(lane, monotonic);
    const tellTime = parked && monotonic - toldAt >= tellTimeEveryMs;
    if (lane.subscription === null || (isSame(standing, lane.kept) && !tellTime)) return;
    toldAt = monotonic;
    lane.kept = standing;
    remember(lane, standing);
  }

  return {
    keep,
    recall(lane, standing, at) {
      lane.kept = standing;
      lane.lastFailure = standing.lastFailure;
      lane.pausedUntil = clock.monotonic() + (standing.until - at);
      lane.breaker = recalled(standing.failures, lane.pausedUntil, settings);
    },
    changed(lane, before) {
      if (lane.subscription === null || lane.subscription.updatedAt === before.updatedAt) return;
      if (lane.subscription.endpoint.url === before.endpoint.url) lane.breaker = hurried(lane.breaker);
      else {
        lane.breaker = closed;
        lane.pausedUntil = -Infinity;
        lane.lastFailure = null;
      }
      keep(lane, false);
    },
  };
}

function isSame(a: Standing | null, b: Standing | null): boolean {
  if (a === null || b === null) return a === b;
  return a.failures === b.failures && Math.abs(a.until - b.until) < sameMs;
}
