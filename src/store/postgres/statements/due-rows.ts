// Rows of due deliveries as statements read them, and the values that they become.

import type { DueDelivery } from "../../owed.ts";
import { className, classNumber } from "../../codes.ts";
import { shown } from "../../kept-sequences.ts";

/** How many more bytes of bodies one call may read: what it read is taken off. */
export interface ReadBudget {
  left: number;
}

/** Bodies that one call brings, in bytes. */
export const mostAtOnce = 16 * 1024 * 1024;

/** A row of `dueColumns`. */
export interface DueRow {
  readonly number: number;
  readonly lane: number;
  readonly class: number;
  readonly variant: number;
  readonly attempts: number;
  readonly due: number;
  readonly created_at: number;
  readonly event: number;
  readonly sequence: number | null;
  readonly id: string;
  readonly dialect: DueDelivery["event"]["dialect"];
  readonly type: string;
  readonly body: string;
  readonly revision: number;
  readonly previous: string | null;
  readonly trace: string | null;
  /** Id of the replay job that added it. */
  readonly replay: string | null;
}

/** Of a delivery `d` and its event `e`: a row of DueRow. */
export const dueColumns =
  "d.number, d.lane, d.class, d.variant, d.attempts, d.due, d.created_at, d.event, d.sequence, e.id, e.dialect, e.type," +
  ` e.body, e.revision, e.previous, e.trace, case when d.class = ${classNumber.replay} then (select j.id from (select` +
  " p.last, p.replay from replayed p where p.first <= d.number order by p.first desc limit 1) p" +
  " join replay j on j.number = p.replay where p.last >= d.number) end as replay";

/** Joins a delivery `d` to its event `e`: row by row in the partition where it is, whatever PostgreSQL thinks of the number of rows.
 * With the organization either index leads to one row: a plan that is made while a partition is empty may take any. */
export const withEvent =
  "cross join lateral (select e.id, k.dialect, k.name as type, e.body, e.revision, e.previous, e.trace, e.subject, e.at" +
  " from event e join kind k on k.number = e.kind where e.number = d.event and e.organization = d.organization offset 0) e";

export function dueDelivery(row: DueRow): DueDelivery {
  const { number, lane, variant, attempts, due, event, trace, sequence, replay } = row;
  const { id, dialect, type, body, revision, previous } = row;
  const untraced = { number: event, id, dialect, type, body, revision, previous };
  const found: DueDelivery = {
    number,
    lane,
    class: className(row.class),
    variant,
    attempts,
    due,
    createdAt: row.created_at,
    event: trace === null ? untraced : { ...untraced, trace },
    sequence: shown(sequence),
  };
  return replay === null ? found : { ...found, replay };
}
