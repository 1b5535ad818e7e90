// Gives every owed row of some shards a due time that it can have, when their owner begins, and spills what the owner before had in
// memory only. One walk over all that is owed tells which statements are needed, and which lanes are open.

import type { LongestWaits, OpenLane } from "../../ownership.ts";
import { className, classNumber } from "../../codes.ts";
import type { Transaction } from "../database.ts";

/** No delay is known: no retry is moved. */
export const unlimited: LongestWaits = { usual: [Math.floor(Number.MAX_SAFE_INTEGER / 2)], lanes: [] };

// When a retry is due at the latest: as long from now as its planned delay can be. Of a rule that has become shorter the longest
// delay counts. No retry waits longer than it did when it was planned, even if the wall clock was set back since.
const latest =
  "case when o.lane is null then $2 + coalesce(($3::bigint[])[d.attempts], $4)" +
  " else $2 + coalesce((o.waits ->> (d.attempts - 1))::bigint, o.most) end";
const withOwn =
  "from delivery d left join unnest($5::bigint[], $6::jsonb[], $7::bigint[]) o (lane, waits, most) on o.lane = d.lane" +
  " where d.shard = any($1)";
const isMoved = `(d.location = 0 or (d.location in (1, 3) and case when d.attempts = 0 then d.due > $2 else d.due > ${latest} end))`;

const survey =
  `select d.lane, d.class, count(*) filter (where ${isMoved}) as moved,` +
  ` count(*) filter (where d.location = 1 and d.attempts > 0 and d.due < $2) as overdue ${withOwn} group by d.lane, d.class`;

const move =
  `with moved as materialized (select d.number, case when d.attempts = 0 then least(d.due, $2) else ${latest} end as due` +
  ` ${withOwn} and ${isMoved})` +
  " update delivery d set location = greatest(d.location, 1), due = m.due from moved m where d.number = m.number";

// One statement for a million overdue retries. The first of each class of a lane keep their time.
const spread =
  "with overdue as materialized (select number, row_number() over (order by due, number) - 1 as k, count(*) over () as count," +
  " row_number() over (partition by lane, class order by due, number) as place from delivery" +
  " where shard = any($1) and location = 1 and attempts > 0 and due < $2)" +
  " update delivery d set due = $2 + o.k * $3::bigint / o.count from overdue o where d.number = o.number and o.place > $4";

const openLanes =
  "select * from (select l.lane, c.class, (select min(d.due) from delivery d where d.location = 1 and d.lane = l.lane" +
  " and d.class = c.class) as due from unnest($1::bigint[]) l (lane)" +
  ` cross join unnest(array[${Object.values(classNumber).join()}]::smallint[]) c (class)) open` +
  " where due is not null order by lane, class";

/** `heads`: of each class of a lane, so many overdue retries may have been interrupted and are due at once. Returns the classes of
 * lanes that have spilled rows. */
export async function settleTimes(
  transaction: Transaction,
  shards: readonly number[],
  now: number,
  spreadMs: number,
  { usual, lanes }: LongestWaits,
  heads: number,
): Promise<readonly OpenLane[]> {
  const own = lanes.map(({ lane, waits }) => ({ lane, waits: waits.map(Math.floor) }));
  const usually = usual.map(Math.floor);
  const given = [
    shards,
    now,
    usually,
    Math.max(0, ...usually),
    own.map(({ lane }) => lane),
    own.map(({ waits }) => JSON.stringify(waits)),
    own.map(({ waits }) => Math.max(0, ...waits)),
  ];
  const found = await transaction.rows<{ lane: number; moved: number; overdue: number }>(survey, given);
  const sum = (of: "moved" | "overdue"): number => found.reduce((total, row) => total + row[of], 0);
  if (sum("moved") > 0) await transaction.run(move, given);
  // A retry that is clamped is not overdue.
  if (sum("overdue") > 0) await transaction.run(spread, [shards, now, Math.floor(spreadMs), heads]);
  const open = [...new Set(found.map(({ lane }) => lane))];
  const rows = open.length === 0 ? [] : await transaction.rows<OpenRow>(openLanes, [open]);
  return rows.map(({ lane, class: of, due }) => ({ lane, class: className(of), nextDue: due }));
}

interface OpenRow {
  readonly lane: number;
  readonly class: number;
  readonly due: number;
}
