// Lanes that want the latest states only, worked out a second time from the promise: of what waits about one state of one subject
// the newest stays, by the moment of sensing, then by acceptance. Knows the ledger and the wire, not how the engine finds out.

import type { Subscription } from "../../../src/model/subscription.ts";
import type { Judge } from "./judge.ts";
import type { DeliveryFact } from "./ledger.ts";

type Flights = Iterable<{ readonly delivery: DeliveryFact }>;

export interface StateFacts {
  /** Whether the lane wants the latest states only, or did at some time. */
  everLatest(lane: number): boolean;
  /** These are owed no more, for no other reason. */
  superseded(gone: readonly DeliveryFact[], flights: Flights): void;
  /** Another delivery of its state is owed still, and may stand before it. */
  waits(delivery: DeliveryFact): boolean;
  /** Monotonic ms of when the last one of its state ended. */
  freeSince(delivery: DeliveryFact): number;
  /** It starts. */
  started(delivery: DeliveryFact, flights: Flights, isCalm: boolean): void;
  /** As committed. */
  changed(before: Subscription | null, after: Subscription): void;
}

export interface StateFactsDeps {
  readonly judge: Judge;
  readonly now: () => number;
  readonly ofLane: (lane: number) => readonly DeliveryFact[];
}

const kinds: Readonly<Record<string, string>> = {
  DETECTIONS: "detections",
  FLOOR_OCCUPANCY: "occupancy",
  ROOM_OCCUPANCY: "occupancy",
  ZONE_OCCUPANCY: "occupancy",
  PIR_MOTION: "motion",
  PIR_NO_MOTION: "motion",
};

/** So long after a change of mode, or of what is owed, at the latest every process knows of it, ms. */
const knownAfter = 10 * 60_000;

function keyOf({ event, line }: DeliveryFact): string | null {
  const kind = kinds[event.type];
  return kind === undefined || !line.startsWith("live ") ? null : `${kind} ${event.subject}`;
}

const isNewer = (one: DeliveryFact, other: DeliveryFact): boolean =>
  one.event.at > other.event.at || (one.event.at === other.event.at && one.number > other.number);

export function createStateFacts({ judge, now, ofLane }: StateFactsDeps): StateFacts {
  /** By lane: since when it has wanted the latest only; Infinity: it does not. */
  const since = new Map<number, number>();
  const changedAt = new Map<number, number>();

  const others = (delivery: DeliveryFact): readonly DeliveryFact[] => {
    const key = since.has(delivery.lane) ? keyOf(delivery) : null;
    if (key === null) return [];
    return ofLane(delivery.lane).filter((other) => other !== delivery && keyOf(other) === key);
  };

  return {
    everLatest: (lane) => since.has(lane),
    superseded(gone, flights) {
      const underWay = new Set([...flights].map(({ delivery }) => delivery));
      for (const delivery of gone) {
        const { number, lane } = delivery;
        judge.check(keyOf(delivery) !== null, 39, () => `delivery ${number}, which is no state, was superseded`);
        judge.check(since.has(lane), 39, () => `delivery ${number} of lane ${lane}, which wants all, was superseded`);
        judge.check(!underWay.has(delivery), 39, () => `delivery ${number} was superseded under way`);
        judge.check(
          others(delivery).some((other) => other.state === "owed" && !gone.includes(other) && isNewer(other, delivery)),
          39,
          () => `delivery ${number} (lane ${lane}) was superseded, and nothing newer is owed`,
        );
      }
    },
    waits: (delivery) =>
      (since.get(delivery.lane) ?? Infinity) < Infinity && others(delivery).some(({ state }) => state === "owed"),
    freeSince: (delivery) =>
      Math.max(
        changedAt.get(delivery.lane) ?? -Infinity,
        ...others(delivery).map(({ endedAt }) => endedAt ?? -Infinity),
      ),
    started(delivery, flights, isCalm) {
      const from = since.get(delivery.lane) ?? Infinity;
      const key = keyOf(delivery);
      if (now() < from || key === null) return;
      for (const { delivery: other } of flights) {
        judge.check(
          other === delivery || other.lane !== delivery.lane || keyOf(other) !== key,
          39,
          () => `delivery ${delivery.number} starts beside ${other.number}, of the same state (lane ${delivery.lane})`,
        );
      }
      // In the storm the store may not answer; but no read that it answers returns one that failed and has a newer one.
      if (!isCalm && delivery.attempts === 0) return;
      const newer = others(delivery).find(
        (other) => other.state === "owed" && isNewer(other, delivery) && other.bornAt < now() - knownAfter,
      );
      judge.check(
        newer === undefined,
        39,
        () =>
          `delivery ${delivery.number} starts though ${newer!.number}, a newer state, waits (lane ${delivery.lane})`,
      );
    },
    changed(was, { number, mode }) {
      if ((was?.mode ?? "all") === (mode ?? "all")) return;
      if (was !== null) changedAt.set(number, now());
      if (mode !== "latest") since.set(number, Infinity);
      else since.set(number, was === null ? -Infinity : now() + knownAfter);
    },
  };
}
