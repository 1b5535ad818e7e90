// Reads due rows of lanes without lines: of any number of lanes and classes in one statement, on the index of due rows.

import { classNumber } from "../../codes.ts";
import type { DueDelivery, LaneRead, LaneRows } from "../../owed.ts";
import type { Epoch } from "../../shards.ts";
import type { Session } from "../database.ts";
import { shardsIn } from "../held-epochs.ts";
import { ownershipLost } from "../owner-writes.ts";
import { dueColumns, dueDelivery, type DueRow, type ReadBudget, withEvent } from "./due-rows.ts";

const read =
  "select * from (select f.*, a.place, octet_length(f.body) as bytes, sum(octet_length(f.body)) over (" +
  "order by a.place, f.due, f.number rows between unbounded preceding and 1 preceding) as bytes_before" +
  " from unnest($1::bigint[], $2::smallint[], $3::integer[]) with ordinality a (lane, class, most, place)" +
  ` cross join lateral (select ${dueColumns} from delivery d ${withEvent} where d.location = 1 and d.lane = a.lane` +
  " and d.class = a.class and d.due <= $4 order by d.due, d.number limit a.most) f) found" +
  " where coalesce(bytes_before, 0) < $5 order by place, due, number";

// Counted from the last one that was read, whatever has been settled since.
const next =
  "select (select count(*) from shard s where s.epoch = $1) as shards, (select d.due from delivery d where d.location = 1" +
  " and d.lane = a.lane and d.class = a.class and (d.due, d.number) > (a.due, a.number) order by d.due, d.number limit 1)" +
  " as next_due from unnest($2::bigint[], $3::smallint[], $4::bigint[], $5::bigint[]) with ordinality" +
  " a (lane, class, due, number, place) order by a.place";

interface ReadRow extends DueRow {
  /** 1, 2, 3, … */
  readonly place: number;
  readonly bytes: number;
}

interface NextRow {
  /** How many shards have the epoch. */
  readonly shards: number;
  readonly next_due: number | null;
}

interface Found {
  readonly rows: DueDelivery[];
  /** Behind which place in the order of due times the next one is looked for. */
  readonly behind: { readonly due: number; readonly number: number };
}

/** Throws OwnershipLost. Holds nobody up: what is read just before another owner begins can be settled no more. */
export async function readLanes(
  session: Session,
  epoch: Epoch,
  now: number,
  reads: readonly LaneRead[],
  budget: ReadBudget,
): Promise<readonly LaneRows[]> {
  const at = Math.floor(now);
  const lanes = reads.map(({ lane }) => lane);
  const classes = reads.map((each) => classNumber[each.class]);
  const limits = reads.map(({ limit }) => limit);
  const rows = await session.rows<ReadRow>(read, [lanes, classes, limits, at, budget.left]);
  const found = sortOut(reads, rows, at, budget);
  const dues = found.map(({ behind }) => behind.due);
  const numbers = found.map(({ behind }) => behind.number);
  const nexts = await session.rows<NextRow>(next, [epoch.number, lanes, classes, dues, numbers]);
  if (nexts[0] !== undefined && nexts[0].shards !== shardsIn(epoch)) throw ownershipLost(epoch);
  return reads.map(({ lane, class: of }, index) => ({
    lane,
    class: of,
    rows: found[index]!.rows,
    nextDue: nexts[index]!.next_due,
    moved: 0,
    superseded: 0,
    skipped: [],
  }));
}

/** Takes off the budget what was read. */
function sortOut(
  reads: readonly LaneRead[],
  rows: readonly ReadRow[],
  now: number,
  budget: ReadBudget,
): readonly Found[] {
  const byPlace = Map.groupBy(rows, ({ place }) => place);
  return reads.map(({ limit }, index) => {
    const ofRead = byPlace.get(index + 1) ?? [];
    for (const { bytes } of ofRead) budget.left -= bytes;
    const isCut = ofRead.length === limit || budget.left <= 0;
    const { due, number } = ofRead.at(-1) ?? { due: -1, number: 0 };
    // A row whose event is gone cannot be read, and must not look due for ever.
    const behind = isCut ? { due, number } : { due: now, number: Number.MAX_SAFE_INTEGER };
    return { rows: ofRead.map(dueDelivery), behind };
  });
}
