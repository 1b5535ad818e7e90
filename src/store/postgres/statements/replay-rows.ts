// Rows of replay jobs: reads, and changes of their state.

import type { Replay } from "../../../model/replay.ts";
import type { Page } from "../../history.ts";
import type { ReplayQuery } from "../../replays.ts";
import { replayOf } from "../../stored-replays.ts";
import type { Session, Transaction } from "../database.ts";

const selectReplays =
  "select r.number, r.id, g.id as organization, coalesce(s.id, r.lane::text) as subscription, r.lane, r.state, r.reason," +
  ' r.criteria, r.per_second as "perSecond", r.start, r.up_to as "upTo", r.position, r.scanned_until as "scannedUntil",' +
  ' r.added, r.created_at as "createdAt", r.created_by as "createdBy", r.ended_at as "endedAt"' +
  " from replay r join organization g on g.number = r.organization left join subscription s on s.number = r.lane";

const one = (row: object | undefined): Replay | null => (row === undefined ? null : replayOf(row));

export const replayByNumber = async (session: Session, number: number): Promise<Replay | null> =>
  one(await session.row(`${selectReplays} where r.number = $1`, [number]));

/** `organization`: in no other. */
export const replayById = async (session: Session, id: string, organization: string | null): Promise<Replay | null> =>
  one(await session.row(`${selectReplays} where r.id = $1 and ($2::text is null or g.id = $2)`, [id, organization]));

export async function replaysAt(session: Session, query: ReplayQuery): Promise<Page<Replay>> {
  const { organization, lanes, limit, before } = query;
  const found = await session.rows<object>(
    `${selectReplays} where r.number < $1 and ($2::text is null or g.id = $2)` +
      " and ($3::bigint[] is null or r.lane = any($3)) order by r.number desc limit $4",
    [before ?? Number.MAX_SAFE_INTEGER, organization, lanes, limit + 1],
  );
  const items = found.slice(0, limit).map(replayOf);
  return { items, before: found.length > limit ? items.at(-1)!.number : null };
}

export const openReplays = async (session: Session): Promise<readonly Replay[]> =>
  (await session.rows<object>(`${selectReplays} where r.ended_at is null order by r.number`)).map(replayOf);

/** `reason`: undefined leaves the one there is. `endedAt`: null, it is not at its end. */
export async function setReplayState(
  transaction: Transaction,
  number: number,
  state: Replay["state"],
  reason: string | null | undefined,
  endedAt: number | null,
): Promise<void> {
  await transaction.run(
    "update replay set state = $2, reason = case when $3 then reason else $4 end, ended_at = $5 where number = $1",
    [number, state, reason === undefined, reason ?? null, endedAt === null ? null : Math.floor(endedAt)],
  );
}
