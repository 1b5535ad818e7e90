// Reads of lanes that keep order, or want the latest states only [lines.ts]: first only what tells in which line a row stands, page
// by page; then the rows that may go. Each statement reads for any number of lanes.

import type { DueDelivery } from "../../owed.ts";
import type { Session } from "../database.ts";
import { dueColumns, dueDelivery, type DueRow, withEvent } from "./due-rows.ts";

/** The next `limit` rows of a class of a lane, behind this one. */
export interface PageOf {
  readonly lane: number;
  readonly class: number;
  readonly after: Place;
  readonly limit: number;
}

export interface Place {
  readonly due: number;
  readonly number: number;
}

export const beforeAll: Place = { due: Number.MIN_SAFE_INTEGER, number: 0 };

/** A row that is due, and what tells its line. */
export interface Candidate extends Place {
  readonly again: number;
  readonly attempts: number;
  readonly type: string;
  readonly subject: string;
  /** Of its body. */
  readonly bytes: number;
}

const withLine =
  "cross join lateral (select k.name as type, e.subject, octet_length(e.body) as bytes from event e" +
  " join kind k on k.number = e.kind where e.number = d.event offset 0) e";

/** `upTo`: due by then, epoch ms. One page for each, the earliest due first. */
export async function candidates(
  session: Session,
  pages: readonly PageOf[],
  upTo: number,
): Promise<readonly (readonly Candidate[])[]> {
  const rows = await session.rows<Candidate & { readonly place: number }>(
    "select g.place, d.* from unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::bigint[], $5::integer[]) with ordinality" +
      " g (lane, class, due, number, most, place) cross join lateral (" +
      `select d.number, d.due, d.again, d.attempts, e.type, e.subject, e.bytes from delivery d ${withLine}` +
      " where d.location = 1 and d.lane = g.lane and d.class = g.class and d.due <= $6" +
      " and (d.due, d.number) > (g.due, g.number) order by d.due, d.number limit g.most) d order by g.place, d.due, d.number",
    [
      pages.map(({ lane }) => lane),
      pages.map((each) => each.class),
      pages.map(({ after }) => after.due),
      pages.map(({ after }) => after.number),
      pages.map(({ limit }) => limit),
      Math.min(Math.floor(upTo), Number.MAX_SAFE_INTEGER),
    ],
  );
  const found = Map.groupBy(rows, ({ place }) => place);
  return pages.map((_, index) => found.get(index + 1) ?? []);
}

/** A delivery, and what tells its line. */
export interface InLine {
  readonly number: number;
  readonly lane: number;
  readonly class: number;
  readonly again: number;
  readonly subject: string;
}

/** The class, and what tells the lines, of those of these deliveries that can be read. */
export const linesOfRows = (session: Session, deliveries: readonly number[]): Promise<readonly InLine[]> =>
  session.rows<InLine>(
    "select d.number, d.lane, d.class, d.again, e.subject from delivery d" +
      " cross join lateral (select subject from event where number = d.event offset 0) e where d.number = any($1)",
    [deliveries],
  );

/** By their numbers. */
export async function dueRows(
  session: Session,
  deliveries: readonly number[],
): Promise<ReadonlyMap<number, DueDelivery>> {
  if (deliveries.length === 0) return new Map();
  const rows = await session.rows<DueRow>(
    `select ${dueColumns} from delivery d ${withEvent} where d.number = any($1)`,
    [deliveries],
  );
  return new Map(rows.map((row) => [row.number, dueDelivery(row)]));
}

/** How a class of a lane was read: so many rows, and whether there may be more that are due. */
export interface Ended {
  readonly lane: number;
  readonly class: number;
  readonly count: number;
  readonly isCut: boolean;
}

/** When the next row of each is due that was not returned; null: there is none. A row whose event is gone cannot be read, and must
 * not look due for ever: so those that are due count only where there can be more. */
export async function nextDues(
  session: Session,
  ends: readonly Ended[],
  now: number,
): Promise<readonly (number | null)[]> {
  const rows = await session.rows<{ due: number | null }>(
    "select case when g.is_cut then (select d.due from delivery d where d.location = 1 and d.lane = g.lane" +
      " and d.class = g.class order by d.due, d.number offset g.count limit 1)" +
      " else (select min(d.due) from delivery d where d.location = 1 and d.lane = g.lane and d.class = g.class and d.due > $5)" +
      " end as due from unnest($1::bigint[], $2::smallint[], $3::integer[], $4::boolean[]) with ordinality" +
      " g (lane, class, count, is_cut, place) order by g.place",
    [
      ends.map(({ lane }) => lane),
      ends.map((each) => each.class),
      ends.map(({ count }) => count),
      ends.map(({ isCut }) => isCut),
      Math.floor(now),
    ],
  );
  return rows.map(({ due }) => due);
}
