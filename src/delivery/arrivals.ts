// Who waits for something to be owed to a subscription: requests that are answered when there is news. Stands between ingest and the
// lanes, and looks at each delivery on its way only while somebody waits or listens.

import type { Cancel, Clock } from "../clock.ts";
import type { EngineEvents } from "../model/engine-events.ts";
import type { Service } from "../service.ts";
import type { Enqueuer } from "./enqueue-port.ts";
import { createCounts } from "./structures/counts.ts";

export interface Waiting {
  /** true: something was owed to the lane since `wait` was called. false: its time is over, it was cancelled, or Belfry stops. */
  readonly news: Promise<boolean>;
  readonly cancel: Cancel;
}

export interface Arrivals extends Service {
  /** What ingest hands durable deliveries to. */
  readonly enqueuer: Enqueuer;
  /** null: the organization has as many requests that wait as it may. */
  wait(organization: string, lane: number, ms: number): Waiting | null;
  /** Other processes have accepted something, for whomever: those who wait look. */
  lookAll(): void;
}

/** Requests of one organization that may wait at the same time. */
export const mostWaiting = 64;

export function createArrivals(lanes: Enqueuer, clock: Pick<Clock, "after">, events: EngineEvents = {}): Arrivals {
  /** By lane; each ends with whether there is news. */
  const waiting = new Map<number, Set<(news: boolean) => void>>();
  const counts = createCounts<string>();
  let stopped = false;

  const tell = (lane: number): void => {
    for (const over of waiting.get(lane) ?? []) over(true);
  };

  return {
    enqueuer: {
      reserve: lanes.reserve,
      release: lanes.release,
      enqueue(delivery) {
        lanes.enqueue(delivery);
        if (waiting.size > 0) tell(delivery.lane);
        events.deliveriesWritten?.(delivery.lane);
      },
      readLater(lane, deliveryClass, due) {
        lanes.readLater(lane, deliveryClass, due);
        if (waiting.size > 0) tell(lane);
        events.deliveriesWritten?.(lane);
      },
    },
    wait(organization, lane, ms) {
      if (counts.of(organization) >= mostWaiting) return null;
      const { promise: news, resolve } = Promise.withResolvers<boolean>();
      const ofLane = waiting.get(lane) ?? new Set();
      const over = (isNews: boolean): void => {
        if (!ofLane.delete(over)) return;
        if (ofLane.size === 0) waiting.delete(lane);
        counts.remove(organization);
        stopTimer();
        resolve(isNews);
      };
      counts.add(organization);
      waiting.set(lane, ofLane.add(over));
      const cancel = (): void => over(false);
      const stopTimer = clock.after(ms, cancel);
      if (stopped) cancel();
      return { news, cancel };
    },
    lookAll: () => waiting.forEach((_, lane) => tell(lane)),
    start: async () => undefined,
    async stop() {
      stopped = true;
      for (const ofLane of waiting.values()) for (const over of ofLane) over(false);
    },
  };
}
