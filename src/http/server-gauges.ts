// What /metrics shows of the server as it stands: looked at when somebody reads the page, never before. What happens is counted
// by listeners of engine events instead [engine-metrics.ts].

import type { Metrics } from "./metrics.ts";

type ByState = Readonly<Record<string, number>>;

export interface LookedAt {
  readonly delivery: () => {
    readonly inFlight: number;
    readonly postponed: number;
    readonly backingOff: number;
    readonly lateMs: number;
    readonly waitedMs: number;
    readonly waitingFor: ByState;
  };
  /** Deliveries that are owed. */
  readonly pending: () => Promise<number>;
  /** Observations that are not folded. */
  readonly unfolded: () => Promise<number>;
  /** Derived events that nobody took, since the start. */
  readonly unstored: () => number;
  /** Of the data directory, in bytes. */
  readonly disk: () => Promise<{
    readonly free: number;
    readonly size: number;
    readonly database: number;
    readonly wal: number;
  }>;
  readonly spaces: () => Promise<ByState>;
  readonly sensors: () => Promise<ByState>;
}

export function publishGauges(metrics: Metrics, looked: LookedAt): void {
  const { delivery, pending, unfolded, unstored, disk, ...by } = looked;
  metrics.gauge("belfry_observations_unfolded", "Observations logged and not folded yet.", unfolded);
  metrics.gauge("belfry_events_unstored_total", "Derived events that nobody takes and that were not stored.", unstored);
  metrics.gauge("belfry_deliveries_pending", "Deliveries still owed.", pending);
  metrics.gauges(
    {
      belfry_attempts_in_flight: "Attempts under way.",
      belfry_attempts_postponed_total: "Attempts that were not made because this machine had no file or port left.",
      belfry_lanes_backing_off: "Lanes that wait because their receiver asked for it or fails.",
      belfry_oldest_due_seconds: "How long the oldest delivery has waited that could be attempted and is not.",
      belfry_oldest_waiting_seconds: "How long the oldest waiting delivery has been due, whoever keeps it waiting.",
    },
    () => {
      const { inFlight, postponed, backingOff, lateMs, waitedMs } = delivery();
      return {
        belfry_attempts_in_flight: inFlight,
        belfry_attempts_postponed_total: postponed,
        belfry_lanes_backing_off: backingOff,
        belfry_oldest_due_seconds: lateMs / 1000,
        belfry_oldest_waiting_seconds: waitedMs / 1000,
      };
    },
  );
  const waitingFor = () => delivery().waitingFor;
  metrics.gaugeBy("belfry_lanes_waiting", "Lanes by the reason why they start nothing more.", "for", waitingFor);
  const spaces = "Spaces by whether presence sensors tell how many people they hold.";
  metrics.gaugeBy("belfry_spaces", spaces, "state", by.spaces);
  metrics.gaugeBy("belfry_sensors", "Sensors of all building models by whether they are heard.", "state", by.sensors);
  metrics.gauges(
    {
      belfry_disk_free_bytes: "Room left where the data directory is.",
      belfry_disk_size_bytes: "Size of the file system where the data directory is.",
      belfry_database_bytes: "Size of the database, without its WAL.",
      belfry_wal_bytes: "Size of the database's WAL.",
    },
    async () => {
      const { free, size, database, wal } = await disk();
      return {
        belfry_disk_free_bytes: free,
        belfry_disk_size_bytes: size,
        belfry_database_bytes: database,
        belfry_wal_bytes: wal,
      };
    },
  );
}
