// Rows of replay jobs, as both connections read them, and which job a delivery is of.

import type { DatabaseSync } from "node:sqlite";

export const selectReplays =
  "select r.number, r.id, g.id as organization, ifnull(s.id, cast(r.lane as text)) as subscription, r.lane," +
  " r.state, r.reason, r.criteria, r.per_second as perSecond, r.start, r.up_to as upTo, r.position," +
  " r.scanned_until as scannedUntil, r.added, r.created_at as createdAt, r.created_by as createdBy, r.ended_at as endedAt" +
  " from replay r join organization g on g.number = r.organization left join subscription s on s.number = r.lane";

/** Id of the job that added a delivery; undefined: none did, or it is no longer kept. */
export type ReplayIdOf = (delivery: number) => string | undefined;

/** Gives a look-up for one read of rows of class `replay`: those of one slice lie together, so its last answer is mostly the
 * next one. */
export function createReplayIds(database: Pick<DatabaseSync, "prepare">): () => ReplayIdOf {
  const find = database.prepare(
    "select p.first, p.last, r.id from replayed p join replay r on r.number = p.replay where p.first <= ?" +
      " order by p.first desc limit 1",
  );
  return () => {
    let known = { first: 1, last: 0, id: "" };
    return (delivery) => {
      if (delivery < known.first || delivery > known.last) {
        const row = find.get(delivery) as typeof known | undefined;
        if (row === undefined || delivery > row.last) return undefined;
        known = row;
      }
      return known.id;
    };
  };
}
