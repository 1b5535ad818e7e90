// Pruning of runs of numbers: those of which no delivery is kept go, but for the last one of a lane, which says where its numbers go
// on, and those that a restored copy has left out, which had none. Lane by lane, oldest first; those of a subscription that was
// removed go all.

import type { Session } from "../database.ts";

export interface PruneRuns {
  /** Looks at the next lanes. false: all were looked at in this round. */
  step(session: Session): Promise<boolean>;
  reset(): void;
}

const lanesOfStep = 100;
const runsOfLane = 500;

export function createPruneRuns(): PruneRuns {
  let after: number | null = 0;

  return {
    async step(session) {
      if (after === null) return false;
      const lanes = await session.rows<{ number: number; isRemoved: boolean }>(
        'select number, removed_at is not null as "isRemoved" from subscription where number > $1 order by number limit $2',
        [after, lanesOfStep],
      );
      if (lanes.length > 0) {
        const found = await session.row<{ full: boolean }>(removeRuns, [
          lanes.map(({ number }) => number),
          lanes.map(({ isRemoved }) => isRemoved),
          runsOfLane,
        ]);
        // Those of a lane that had more come again.
        if (found!.full) return true;
      }
      after = lanes.length < lanesOfStep ? null : lanes.at(-1)!.number;
      return after !== null;
    },
    reset: () => (after = 0),
  };
}

const removeRuns =
  "with kept as (select least((select min(number) from delivery), (select min(delivery) from attempt)) as delivery)," +
  " old as (select r.lane, r.last from unnest($1::bigint[], $2::boolean[]) l (lane, is_removed)" +
  " cross join lateral (select lane, last, last_delivery from sequence_run s where s.lane = l.lane order by last limit $3) r" +
  " where r.last_delivery < coalesce((select delivery from kept), 9223372036854775807) and (l.is_removed or (r.last_delivery > 0" +
  " and r.last < (select max(m.last) from sequence_run m where m.lane = l.lane))))," +
  " gone as (delete from sequence_run s using old where s.lane = old.lane and s.last = old.last returning s.lane)" +
  " select coalesce(bool_or(count = $3), false) as full from (select count(*) as count from gone group by lane) of_lanes";
