// Port: what has changed in the engine since it was last taken, for those who show it as it happens. Names alone: whoever hears
// one reads it as ever, so nothing is shown here that a read would not show.

import type { Subscription } from "../model/subscription.ts";

/** Of one organization. */
export interface Change {
  /** By lane: those of which deliveries are owed, tried or ended. Alerts are among them. */
  readonly deliveries: ReadonlyMap<number, Subscription>;
  /** By lane: those made, edited or removed, and those that a receiver began or ceased to hold up. */
  readonly subscriptions: ReadonlyMap<number, Subscription>;
  /** Buildings whose counts may be others, since a sensor of theirs was heard or is silent. */
  readonly occupancy: ReadonlySet<string>;
  /** Buildings of which a sensor or a hive is another way than before. */
  readonly sensors: ReadonlySet<string>;
  readonly events: boolean;
  /** Entries of the access log, and calls. */
  readonly entries: boolean;
  readonly model: boolean;
}

/** By organization. Empty: nothing has changed. */
export type Changes = ReadonlyMap<string, Change>;

export interface ChangesPort {
  /** Listens to the engine from now on, until `end`. Nothing is noted before, and nothing is asked of the engine then. */
  begin(): void;
  end(): void;
  /** What has changed since the last time. */
  take(): Promise<Changes>;
}
