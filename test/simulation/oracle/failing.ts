// Since when nothing has succeeded, worked out a second time from what receivers answered: nobody is disabled for that before
// the time, with too few failed attempts, or while something succeeds. It never takes less time for passed than a process may.

import type { DeliverySettings } from "../../../src/delivery/settings.ts";
import { stateOf, type Subscription } from "../../../src/model/subscription.ts";
import type { Timeline } from "../timeline.ts";
import type { Judge } from "./judge.ts";

export interface FailingCheck {
  told(lane: number, success: boolean): void;
  /** A change is on its way that enables the lane or gives it another endpoint. */
  opening(lane: number): void;
  /** It is known. `isOpened`: it was written. */
  opened(lane: number, isOpened: boolean): void;
  /** A process took over from one that ended then, monotonic. */
  takenOver(endedAt: number): void;
  /** The subscription is about to be written like this. */
  changing(from: Subscription | null | undefined, to: Subscription | null): void;
  /** Whether the lane may be disabled for what is known. */
  isDue(lane: number, versions: readonly (Subscription | null)[]): boolean;
}

interface Failing {
  /** Monotonic, and by how much the wall clock had been set ahead until then. */
  readonly since: number;
  readonly leapt: number;
  readonly attempts: number;
}

interface Known {
  failing: Failing | null;
  /** The same since a change began that will make the time begin anew. */
  opening: { readonly at: number; failing: Failing | null } | null;
  /** When it last began anew, monotonic; a process that ended soon after may not have written that. */
  anewAt: number;
  isUncertain: boolean;
}

/** By then at the latest what the process knew of a lane was written, however much the store failed, ms. */
const writtenAfter = 120_000;

export function createFailingCheck(timeline: Timeline, judge: Judge, settings: DeliverySettings): FailingCheck {
  const lanes = new Map<number, Known>();

  function knownOf(lane: number): Known {
    let known = lanes.get(lane);
    if (known === undefined) {
      lanes.set(lane, (known = { failing: null, opening: null, anewAt: -Infinity, isUncertain: false }));
    }
    return known;
  }

  const failedOnce = (failing: Failing | null): Failing => {
    if (failing !== null) return { ...failing, attempts: failing.attempts + 1 };
    return { since: timeline.now(), leapt: timeline.leapt(), attempts: 1 };
  };

  function beginsAnew(known: Known, failing: Failing | null): void {
    Object.assign(known, { failing, anewAt: timeline.now(), isUncertain: false });
  }

  function isDue(lane: number, versions: readonly (Subscription | null)[]): boolean {
    const { failing, isUncertain } = knownOf(lane);
    if (isUncertain) return true;
    if (failing === null) return false;
    const passed = timeline.now() - failing.since + (timeline.leapt() - failing.leapt);
    return versions.some((each) => {
      const after = each?.lane.autoDisableMs ?? settings.autoDisableMs;
      return after > 0 && passed + 2 >= after && failing.attempts >= settings.autoDisableAttempts;
    });
  }

  return {
    told(lane, success) {
      const known = knownOf(lane);
      if (success) return beginsAnew(known, null);
      known.failing = failedOnce(known.failing);
      if (known.opening !== null) known.opening.failing = failedOnce(known.opening.failing);
    },
    opening: (lane) => void (knownOf(lane).opening ??= { at: timeline.now(), failing: null }),
    opened(lane, isOpened) {
      const known = knownOf(lane);
      if (isOpened) beginsAnew(known, known.opening?.failing ?? null);
      known.opening = null;
    },
    takenOver(endedAt) {
      for (const known of lanes.values()) if (endedAt - known.anewAt < writtenAfter) known.isUncertain = true;
    },
    changing(from, to) {
      if (to === null || from == null || to.state !== "disabled" || from.state === "disabled") return;
      if (!to.disabledReason?.startsWith("No delivery has succeeded")) return;
      const { failing } = knownOf(to.number);
      const message = () =>
        `lane ${to.number} (${stateOf(from)}) is disabled after ${failing === null ? "a success" : `${failing.attempts} failures in ${timeline.now() - failing.since} ms`}: ${to.disabledReason}`;
      judge.check(isDue(to.number, [from, to]), 38, message);
    },
    isDue,
  };
}
