// Reads due rows of lanes without lines: of any number of lanes and classes in one statement, on the index of due rows.

import { classNumber } from "../../codes.ts";
import type { DueDelivery, LaneRead, LaneRows } from "../../owed.ts";
import type { Epoch } from "../../shards.ts";
import type { Session } from "../database.ts";
import { ownershipLost, shardsIn } from "../owner-writes.ts";
import { dueColumns, dueDelivery, type DueRow, type ReadBudget, withEvent } from "./due-rows.ts";

// A row whose event is gone cannot be read, and must not look due for ever: so the next one is counted from what was read only
// where there can be more.
const read =
  "with asked as materialized (select * from unnest($2::bigint[], $3::smallint[], $4::integer[]) with ordinality" +
  " a (lane, class, most, place))," +
  " found as materialized (select f.*, a.place, octet_length(f.body) as bytes from asked a cross join lateral (" +
  `select ${dueColumns} from delivery d ${withEvent} where d.location = 1 and d.lane = a.lane and d.class = a.class` +
  " and d.due <= $5 order by d.due, d.number limit a.most) f)," +
  " measured as materialized (select *, coalesce(sum(bytes) over (order by place, due, number" +
  " rows between unbounded preceding and 1 preceding), 0) < $6 as fits from found)," +
  " ends as materialized (select a.*, coalesce(m.count, 0) as count, coalesce(sum(m.bytes) over (order by a.place), 0) >= $6" +
  " as is_full from asked a left join (select place, count(*) filter (where fits) as count, sum(bytes) as bytes from measured" +
  " group by place) m using (place))," +
  " nexts as materialized (select e.place, case when e.is_full or e.count = e.most then (select d.due from delivery d" +
  " where d.location = 1 and d.lane = e.lane and d.class = e.class order by d.due, d.number offset e.count limit 1)" +
  " else (select min(d.due) from delivery d where d.location = 1 and d.lane = e.lane and d.class = e.class and d.due > $5)" +
  " end as next_due from ends e)" +
  " select (select count(*) from shard s where s.epoch = $1) as shards, n.next_due, n.place as asked, m.* from nexts n" +
  " left join measured m on m.place = n.place and m.fits order by n.place, m.due, m.number";

interface ReadRow extends DueRow {
  /** How many shards have the epoch. */
  readonly shards: number;
  readonly next_due: number | null;
  /** 1, 2, 3, … */
  readonly asked: number;
  readonly bytes: number;
}

/** Throws OwnershipLost. Holds nobody up: what is read just before another owner begins can be settled no more. */
export async function readLanes(
  session: Session,
  epoch: Epoch,
  now: number,
  reads: readonly LaneRead[],
  budget: ReadBudget,
): Promise<readonly LaneRows[]> {
  const rows = await session.rows<ReadRow>(read, [
    epoch.number,
    reads.map(({ lane }) => lane),
    reads.map((each) => classNumber[each.class]),
    reads.map(({ limit }) => limit),
    Math.floor(now),
    budget.left,
  ]);
  const [first] = rows;
  if (first !== undefined && first.shards !== shardsIn(epoch)) throw ownershipLost(epoch);
  const found = reads.map(() => ({ rows: [] as DueDelivery[], nextDue: null as number | null }));
  for (const row of rows) {
    const of = found[row.asked - 1]!;
    of.nextDue = row.next_due;
    if (row.number === null) continue;
    of.rows.push(dueDelivery(row));
    budget.left -= row.bytes;
  }
  return reads.map(({ lane, class: of }, index) => ({
    lane,
    class: of,
    ...found[index]!,
    moved: 0,
    superseded: 0,
    skipped: [],
  }));
}
