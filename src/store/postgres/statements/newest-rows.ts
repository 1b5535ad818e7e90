// Rows of lanes that want the latest states only [newest.ts]. Each statement reads of any number of lanes.

import { classNumber } from "../../codes.ts";
import type { WaitingState } from "../../latest-only.ts";
import type { Session } from "../database.ts";

/** Up to where the live deliveries of a lane were looked at: along their due times, then by number. Of those that are due before
 * that the ones up to `upTo` were looked at, too: numbers rise in the order of commits, whatever the clock of who accepts them. */
export interface Walked {
  readonly lane: number;
  readonly due: number;
  readonly number: number;
  readonly upTo: number;
}

export interface WalkedState extends WaitingState {
  readonly lane: number;
}

/** Clocks of nodes are not further apart, ms; what is accepted under one that is waits for its turn and is not superseded. */
const skewMs = 600_000;

/** Whether a walk from there meets what has become readable since. Numbers rise in the order of commits: whatever was committed after
 * the walk has a higher one than all it met. */
export const isAhead = ({ due, upTo }: Walked, other: Pick<WaitingState, "due" | "number">): boolean =>
  other.number > upTo && other.due >= due - skewMs;

const columns = "d.lane, d.number, d.due, d.again, d.sequence, e.type, e.subject, e.at";
const withState =
  "cross join lateral (select k.name as type, e.subject, e.at from event e join kind k on k.number = e.kind" +
  " where e.number = d.event offset 0) e";

/** Of each lane up to `limit` that nobody has looked at, the earliest due first. */
export const walk = (session: Session, lanes: readonly Walked[], limit: number): Promise<readonly WalkedState[]> =>
  session.rows<WalkedState>(
    "select d.* from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) with ordinality" +
      " g (lane, due, number, up_to, place) cross join lateral (" +
      `select ${columns} from delivery d ${withState} where d.location = 1 and d.lane = g.lane` +
      ` and d.class = ${classNumber.live} and d.due >= g.due - ${skewMs}` +
      " and ((d.due, d.number) > (g.due, g.number) or d.number > g.up_to) order by d.due, d.number limit $5) d" +
      " order by g.place, d.due, d.number",
    [
      lanes.map(({ lane }) => lane),
      lanes.map(({ due }) => due),
      lanes.map(({ number }) => number),
      lanes.map(({ upTo }) => upTo),
      limit,
    ],
  );

/** Those of these deliveries that wait. */
export const waitingStates = (session: Session, deliveries: readonly number[]): Promise<readonly WalkedState[]> =>
  session.rows<WalkedState>(
    `select ${columns} from unnest($1::bigint[]) with ordinality g (number, place)` +
      ` join delivery d on d.number = g.number ${withState} where d.location in (1, 3) order by g.place`,
    [deliveries],
  );

/** Those that a walk along live deliveries does not meet: they have failed, or wait in a line. */
export const besides = (
  session: Session,
  lanes: readonly number[],
): Promise<readonly { readonly lane: number; readonly number: number }[]> =>
  session.rows(
    `select lane, number from delivery where location = 1 and lane = any($1) and class = ${classNumber.retry}` +
      " union all select lane, delivery from behind where lane = any($1)",
    [lanes],
  );

/** Those of these deliveries that wait. */
export async function areWaiting(session: Session, deliveries: readonly number[]): Promise<ReadonlySet<number>> {
  const found = await session.rows<{ number: number }>(
    "select number from delivery where number = any($1) and location in (1, 3)",
    [deliveries],
  );
  return new Set(found.map(({ number }) => number));
}
