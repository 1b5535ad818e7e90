// Reads of what is owed of old events, by lane: what the retention will end next. In slices, since all of a long outage may be
// among it, in the order of the events.

import type { ExpiringLane } from "../../history.ts";
import type { HistoryContext, Reads } from "./history-context.ts";

/** Deliveries of one slice; those of its last event all belong to it. */
const slice = 2_000;

// The last row says up to which event was looked; null: to the end, or to one that is young.
const expiring =
  `with slice as materialized (select event, lane from delivery where event > $2 order by event fetch first ${slice} rows with ties),` +
  " events as materialized (select e.* from (select distinct event from slice) s cross join lateral" +
  " (select number, accepted_at from event where number = s.event limit 1) e)" +
  " select s.lane, count(*) as deliveries, min(e.accepted_at) as oldest, null::bigint as reached from slice s join events e" +
  " on e.number = s.event where e.accepted_at < $1 group by s.lane union all select null, null, null, case when" +
  ` count(*) >= ${slice} and not exists (select 1 from events where accepted_at >= $1) then max(event) end from slice` +
  " order by lane nulls last";

type Row = { readonly lane: number | null; readonly reached: number | null } & Omit<ExpiringLane, "lane">;

export function createExpiringReads({ session }: HistoryContext): Reads<"expiring"> {
  return {
    async expiring(before, after) {
      const rows = await session.rows<Row>(expiring, [Math.ceil(before), after]);
      const lanes = rows.flatMap(({ lane, deliveries, oldest }) =>
        lane === null ? [] : [{ lane, deliveries, oldest }],
      );
      return { lanes, after: rows.at(-1)!.reached };
    },
  };
}
