// In which order the three classes of a lane go, worked out a second time from the promise: live deliveries first, and of
// ten starts at least one for the lower classes, so that neither retries nor replays starve [docs/deliveries.md].

import type { DeliveryClass } from "../../../src/model/delivery.ts";
import type { Timeline } from "../timeline.ts";
import type { Judge } from "./judge.ts";
import type { DeliveryFact, LedgerFacts } from "./ledger.ts";
import type { Station } from "./wire.ts";

/** Starts of others in a row while a delivery of this class waits. */
export interface Passed {
  live: number;
  lower: number;
  retry: number;
  replay: number;
}

/** The lane may start so many others while it reads a class of which the last row has just left its memory; in these runs that
 * may be the only one. */
const whileRead = 4;
/** Retries and replays have one start in ten between them, and each at least every other of these. */
const most: Passed = { live: 9, lower: 9 + whileRead, retry: 19 + 2 * whileRead, replay: 19 + 2 * whileRead };
/** What waits for so long is in memory, where the store answers, ms. */
const known = 1_000;

export interface ClassCheck {
  /** This delivery is about to be attempted. */
  started(station: Station, delivery: DeliveryFact): void;
}

export function createClassCheck(timeline: Timeline, judge: Judge, ledger: LedgerFacts): ClassCheck {
  /** The classes that wait in the lane beside this delivery. */
  function waiting(station: Station, delivery: DeliveryFact): ReadonlySet<DeliveryClass> {
    const found = new Set<DeliveryClass>();
    const inFlight = new Set([...station.flights].map((flight) => flight.delivery));
    const time = station.time.least();
    for (const other of ledger.ofLane(delivery.lane)) {
      if (other === delivery || other.state !== "owed" || inFlight.has(other)) continue;
      const due = Math.max(other.due, other.dueLatest);
      if (ledger.lines.waits(other) || ledger.lines.freeSince(other) > timeline.now() - known) continue;
      if (ledger.states.waits(other) || ledger.states.freeSince(other) > timeline.now() - known) continue;
      if (due <= time - known && other.since <= timeline.now() - known) found.add(other.class);
    }
    return found;
  }

  return {
    started(station, delivery) {
      const { lane, class: own } = delivery;
      let passed = station.passed.get(lane);
      if (passed === undefined) station.passed.set(lane, (passed = { live: 0, lower: 0, retry: 0, replay: 0 }));
      const others = waiting(station, delivery);
      const isLive = own === "live";
      const lowerWaits = others.has("retry") || others.has("replay");
      passed.live = others.has("live") && !isLive ? passed.live + 1 : 0;
      passed.lower = lowerWaits && isLive ? passed.lower + 1 : 0;
      passed.retry = others.has("retry") && own !== "retry" ? passed.retry + 1 : 0;
      passed.replay = others.has("replay") && own !== "replay" ? passed.replay + 1 : 0;
      // After a crash some are tried out of their turn.
      if (ledger.noted(delivery.number)) return;
      for (const each of ["live", "lower", "retry", "replay"] as const) {
        judge.check(
          passed[each] <= most[each],
          19,
          () => `lane ${lane} has started ${passed[each]} others in a row while ${each} deliveries wait`,
        );
      }
    },
  };
}
