// For how long what grows with traffic is kept, by class. An installation has a time for each; an organization may have its own.

/** Classes that an organization may have its own time for. `events`: with their deliveries and attempts; `entries`: access log
 * entries and calls; `observations`: once events were made from them. */
export const retentionClasses = ["events", "observations", "minutes", "entries"] as const;
export type RetentionClass = (typeof retentionClasses)[number];

/** ms; absent: as long as the installation's. */
export type OwnRetention = { readonly [Class in RetentionClass]?: number };

/** What a class has on the disk. Estimated from a sample of its rows: nothing is read whole. */
export interface ClassStorage {
  readonly class: RetentionClass;
  readonly rows: number;
  /** When the oldest was accepted, of minutes the day they are of, epoch ms; null: there are none. */
  readonly oldest: number | null;
  readonly bytes: number;
}
