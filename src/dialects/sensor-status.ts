// Port: when a sensor or a hive was last heard, as the vendors' APIs show it. Sensing knows; it is handed in by app/dialects.ts.

/** Times are epoch ms; null: never. */
export interface SensorHeard {
  readonly online: boolean;
  /** Whether it sends observations, not only signs of life. */
  readonly streaming: boolean;
  readonly heartbeat: number | null;
  /** The last observation of any kind. */
  readonly observation: number | null;
  /** The last one that said how many people there are. */
  readonly occupancy: number | null;
  readonly detection: number | null;
}

export interface HiveHeard {
  readonly online: boolean;
  readonly streaming: boolean;
  readonly heartbeat: number | null;
}

/** Answers from memory: lists ask for thousands. Where another process knows, all of an organization are fetched at once. Null:
 * nothing is known of it. */
export interface SensorStatus {
  sensor(organization: string, id: string): SensorHeard | null | Promise<SensorHeard | null>;
  hive(organization: string, id: string): HiveHeard | null | Promise<HiveHeard | null>;
}

/** Nobody was heard yet. */
export const nothingHeard: SensorStatus = { sensor: () => null, hive: () => null };
