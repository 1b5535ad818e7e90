// Settings of retention: how long what is kept.

import { duration } from "../kinds.ts";
import { setting } from "../setting.ts";

export const retention = {
  retentionEvents: setting(
    duration("1h", "3650d"),
    "7d",
    "How long events are kept, with their deliveries and attempts. Must be longer than the retries take.",
  ),
  retentionObservations: setting(
    duration("1h", "3650d"),
    "1d",
    "How long observations are kept, once events were made from them.",
  ),
  retentionIdempotencyKeys: setting(
    duration("1d", "3650d"),
    "7d",
    "How long the ids of observations and events are remembered. An id sent again within that time is a duplicate.",
  ),
  retentionMinutes: setting(
    duration("1d", "3650d"),
    "400d",
    "How long the counts of every minute are kept. Whole UTC days are deleted.",
  ),
  retentionEntries: setting(
    duration("1h", "3650d"),
    "30d",
    "How long access log entries and calls are kept for reading.",
  ),
  retentionSignIns: setting(
    duration("1d", "3650d"),
    "400d",
    "How long the sign-in of a person lasts after an app last refreshed it.",
  ),
  databasePartition: setting(
    duration("1m", "30d"),
    "1d",
    "How much time a partition of PostgreSQL spans. What is past its retention is deleted a partition at a time.",
  ),
};
