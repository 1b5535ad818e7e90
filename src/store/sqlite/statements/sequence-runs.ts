// Where the numbers of a lane lie among its deliveries: runs of numbers that follow each other. They are written behind the work, a
// portion of deliveries at a time, so that accepting a delivery touches no page of its lane. Doing a portion twice changes nothing.

import type { EngineContext } from "./engine-context.ts";
import type { PruneStep } from "./prune-step.ts";

export interface NumberedRow {
  readonly lane: number;
  readonly delivery: number;
  readonly organization: number;
  readonly sequence: number;
  readonly event: number;
}

/** Numbers of a run: a read of one number looks through its run. */
export const usualRunLength = 512;

/** Adds numbers given to one lane, in their order. Those that are in a run already are left out. */
export type AddToRuns = (rows: readonly NumberedRow[]) => void;

export function createAddToRuns(context: EngineContext, longest: number): AddToRuns {
  const lastRun = context.prepare(
    "select first, last, delivery is not null as grows from sequence_run where lane = ? order by first desc limit 1",
  );
  const lengthen = context.prepare("update sequence_run set last = ?, last_delivery = ? where lane = ? and first = ?");
  const insert = context.prepare("insert into sequence_run values (?, ?, ?, ?, ?, ?, ?)");

  return (rows) => {
    const { lane } = rows[0]!;
    const run = lastRun.get(lane) as
      | { readonly first: number; readonly last: number; readonly grows: 0 | 1 }
      | undefined;
    const fresh = rows.filter(({ sequence }) => sequence > (run?.last ?? 0));
    const room = run?.grows === 1 ? run.first + longest - 1 : 0;
    const split = fresh.findIndex(({ sequence }) => sequence > room);
    const more = split === -1 ? fresh.length : split;
    const end = fresh[more - 1];
    if (end !== undefined) lengthen.run(end.sequence, end.delivery, lane, run!.first);
    for (let at = more; at < fresh.length; at += longest) {
      const begin = fresh[at]!;
      const last = fresh[Math.min(at + longest, fresh.length) - 1]!;
      insert.run(lane, begin.sequence, last.sequence, begin.organization, begin.delivery, last.delivery, begin.event);
    }
  };
}

/** Runs that one round of pruning looks at. */
const sweptRows = 2_000;

/** Runs of which nothing is left go, some with each round, but for the last one of a lane that is not removed. */
export function createPruneRuns(context: EngineContext): PruneStep {
  const next = context.prepare(
    "select lane, first from sequence_run where (lane, first) > (?, ?) order by lane, first limit 1 offset ?",
  );
  const oldest = context.prepare(
    "select min(ifnull((select min(number) from delivery), :none), ifnull((select min(delivery) from attempt), :none)) as kept",
  );
  const remove = context.prepare(
    "delete from sequence_run where (lane, first) > (:lane, :first) and (lane, first) <= (:toLane, :toFirst)" +
      " and last_delivery < :kept and (exists (select 1 from sequence_run r where r.lane = sequence_run.lane" +
      " and r.first > sequence_run.first) or exists (select 1 from subscription s where s.number = sequence_run.lane" +
      " and s.removed_at is not null))",
  );
  const beginning = { lane: 0, first: 0 };
  const end = { lane: Number.MAX_SAFE_INTEGER, first: 0 };
  let reached = beginning;
  return () => {
    const upTo = next.get(reached.lane, reached.first, sweptRows - 1) as typeof beginning | undefined;
    const { lane: toLane, first: toFirst } = upTo ?? end;
    const { kept } = oldest.get({ none: context.last.delivery + 1 }) as { kept: number };
    remove.run({ ...reached, toLane, toFirst, kept });
    reached = upTo === undefined ? beginning : { lane: toLane, first: toFirst };
    return false;
  };
}
